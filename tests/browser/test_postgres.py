"""The app on PostgreSQL, from the first click to a demo that somebody else opens."""

from __future__ import annotations

import postgres
import pytest
from playwright.sync_api import expect

from . import steps
from .serving import Server

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


class OnPostgres(Server):
    """No file of the home is its database."""

    def forget_choices(self):
        """Nobody has chosen anything: each test module begins with a database of its own."""


@pytest.fixture(scope="module")
def server(browser_type_launch_args, small_models, tmp_path_factory):
    with postgres.installed() as database:
        database.start()
        home = small_models(tmp_path_factory.mktemp("server") / "home")
        made = OnPostgres(home, DATABASE_URL=database.database("casebook"))
        try:
            made.start(limit=300)
            yield made
        finally:
            made.kill()
            database.stop()


def test_a_sample_becomes_a_model_that_is_tried_and_shared(visit, server, pictures, tmp_path):
    picture = tmp_path / "new.png"
    picture.write_bytes(next(iter(pictures(1).values())))
    page = visit("/image_recognition")
    page.get_by_role("button", name="Try it with handwritten digits").click()
    page.get_by_role("button", name="Start fine-tuning").click(timeout=240_000)
    steps.status(page, "done", limit=300)
    expect(page.locator(".cb-hero-value")).to_be_visible()
    steps.give(page, picture)
    expect(page.locator(".cb-try-answer li").first).to_be_visible(timeout=60_000)
    page.get_by_text("Private demo link").first.click()
    steps.settled(page)
    address = steps.link(page)
    guest = visit(address[address.index("/demo") :], **PHONE)
    expect(guest.get_by_text("Predicts which of 10 classes a picture belongs to:")).to_be_visible(timeout=30_000)
    steps.give(guest, picture)
    expect(guest.locator(".cb-try-answer li")).to_have_count(5, timeout=60_000)
    assert not (server.home / "casebook.db").exists()
