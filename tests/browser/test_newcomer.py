"""Somebody who has nothing but a browser, and wants a model: the app as a host installs it, on PostgreSQL."""

from __future__ import annotations

import io
import zipfile

import postgres
import pytest
from playwright.sync_api import expect

from . import steps
from .serving import Server

COUNT_CLICKS = """addEventListener('click', () => {
  sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1
}, true)"""
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


class OnPostgres(Server):
    """No file of the home is its database."""

    def forget_choices(self):
        """Nobody has chosen anything: each test module begins with a database of its own."""


@pytest.fixture(scope="module")
def server(browser_type_launch_args, tmp_path_factory):
    """With the packaged network."""
    with postgres.installed() as database:
        database.start()
        made = OnPostgres(tmp_path_factory.mktemp("server") / "home", DATABASE_URL=database.database("casebook"))
        try:
            made.start(limit=300)
            yield made
        finally:
            made.kill()
            database.stop()


def test_four_clicks_lead_from_the_home_page_to_a_model_on_the_disk_that_is_tried_and_shared(
    visit, server, pictures, zip_of, tmp_path
):
    page = visit()
    page.evaluate(COUNT_CLICKS)
    page.get_by_role("link", name="Open image recognition").click()
    steps.settled(page)
    steps.upload(page, zip_of(tmp_path / "plants.zip", pictures(8)))
    page.get_by_role("button", name="Start fine-tuning").click(timeout=60_000)
    steps.status(page, "done", limit=180)
    expect(page.get_by_role("heading", name="5 · Evaluate")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the model").click()
    steps.comes(page, lambda: page.evaluate("Number(sessionStorage.clicks)"), lambda clicks: clicks == 4)
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as bundle:
        assert bundle.testzip() is None
        assert {"predict.py", "labels.json", "head.safetensors", "body/model.safetensors"} <= set(bundle.namelist())

    picture = tmp_path / "new.png"
    picture.write_bytes(next(iter(pictures(1, seed=1).values())))
    steps.give(page, picture)
    expect(page.locator(".cb-try-answer li")).to_have_count(3, timeout=60_000)
    page.get_by_text("Private demo link").first.click()
    steps.settled(page)
    address = steps.link(page)
    guest = visit(address[address.index("/demo") :], **PHONE)
    expect(guest.get_by_text("Predicts which of 3 classes a picture belongs to:")).to_be_visible(timeout=30_000)
    steps.give(guest, picture)
    expect(guest.locator(".cb-try-answer li")).to_have_count(3, timeout=60_000)
    assert not (server.home / "casebook.db").exists()
