"""Somebody who has nothing but a browser, and wants a model."""

from __future__ import annotations

import io
import zipfile

import pytest
from playwright.sync_api import expect

from . import steps
from .serving import running

COUNT_CLICKS = """addEventListener('click', () => {
  sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1
}, true)"""


@pytest.fixture(scope="module")
def server(browser_type_launch_args, tmp_path_factory):
    """The app as it is installed, with the packaged network."""
    with running(tmp_path_factory.mktemp("server") / "home") as made:
        yield made


def test_four_clicks_lead_from_the_home_page_to_a_model_on_the_disk(visit):
    page = visit()
    page.evaluate(COUNT_CLICKS)
    page.get_by_role("link", name="Open image recognition").click()
    steps.settled(page)
    page.get_by_role("button", name="Try it with handwritten digits").click()
    page.get_by_role("button", name="Start fine-tuning").click(timeout=60_000)
    steps.status(page, "done", limit=180)
    expect(page.get_by_role("heading", name="5 · Evaluate")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the model").click()
    steps.comes(page, lambda: page.evaluate("Number(sessionStorage.clicks)"), lambda clicks: clicks == 4)
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as bundle:
        assert bundle.testzip() is None
        assert {"predict.py", "labels.json", "head.safetensors", "body/model.safetensors"} <= set(bundle.namelist())
