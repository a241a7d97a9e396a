"""A case that nobody but whoever adds it knows of, in a browser: from the home page to a model on the disk."""

from __future__ import annotations

import io
import zipfile

import pytest
from laid_over import NAME, lay
from playwright.sync_api import expect

from . import steps
from .serving import Server

STRENGTHS = ("light", "medium", "strong")
CLASSES = ("dry", "sweet")


@pytest.fixture(scope="module")
def server(browser_type_launch_args, tmp_path_factory):
    """An app in whose tree the fifth case lies."""
    made = Server(tmp_path_factory.mktemp("server") / "home", lay(tmp_path_factory.mktemp("house")))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def table(tmp_path):
    """Ninety rows in two classes, told apart by a number and a word."""
    rows = [(n, n % 2, STRENGTHS[2 * (n % 2) - n % 3 // 2]) for n in range(90)]
    lines = [f"{20 + 5 * kind + n % 4},{word},{n},{CLASSES[kind]}" for n, kind, word in rows]
    path = tmp_path / "cellar.csv"
    path.write_text("\n".join(["sugar,strength,shelf,class", *lines]), "utf-8")
    return path


def test_an_uploaded_table_is_checked_trained_on_evaluated_tried_and_packed(visit, table):
    page = visit()
    page.get_by_role("link", name="Open table rows").click()
    steps.settled(page)
    steps.upload(page, table)
    steps.address(page, "data")
    expect(page.get_by_text("Ready: 90 examples in 2 classes")).to_be_visible()
    expect(page.get_by_text("Trained from scratch", exact=True)).to_be_visible()
    expect(page.get_by_text("About ")).to_be_visible()  # what it takes was measured
    page.get_by_text("Hyperparameters", exact=True).click()
    page.get_by_label("Epochs", exact=True).fill("15")
    page.get_by_role("button", name="Start fine-tuning").click()
    steps.status(page, "done", limit=180)
    expect(page.locator(".cb-hero-value")).to_be_visible()
    expect(page.get_by_text("logistic regression on what the network is given").first).to_be_visible()
    expect(page.get_by_text("train a larger part of the network")).to_have_count(0)  # all of it has learnt
    page.get_by_role("textbox", name="Type or paste a row").fill("sugar: 27\nstrength: strong\nshelf: 3")
    expect(page.locator(".cb-try-answer li").first).to_contain_text("sweet")
    expect(page.locator(".cb-words-table th").first).to_contain_text("sugar")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the model").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as bundle:
        assert bundle.testzip() is None
        assert {"predict.py", "labels.json", "head.safetensors", "model.onnx", "run.json"} <= set(bundle.namelist())
    assert NAME in page.url
