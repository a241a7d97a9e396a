"""The result of a run on pictures, trying it and sharing it."""

from __future__ import annotations

from itertools import count

import pytest
from playwright.sync_api import expect

from runs.language import say
from runs.store import records, shares

from .. import steps
from . import shots
from .acts import mistake, press, shared, zip_of_noise

BATCHES = count(1)


@pytest.fixture(scope="module")
def links(server, done_run):
    """Makes links to the run: kind and what `shares.create` takes → its address."""

    def making(kind=shares.DEMO, **more):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CASEBOOK_HOME", str(server.home))
            run = records.run(done_run.rpartition("run=")[2], "local")
            return f"/{kind}?t={shares.create(run, kind=kind, **{'days': 7, **more})}"

    return making


@pytest.fixture(scope="module")
def titled_demo(links):
    return links(title="Postcodes of our parcels, read from a photo", passcode="blue swan",
                 description="Take a picture of one handwritten digit, dark on white, and see what the model reads.",
                 audience="Ms. Chen", examples=True)  # fmt: skip


@pytest.fixture(scope="module")
def guessed_demo(links):
    """Of its own, for who guesses too often must wait."""
    return links(title="Postcodes of our parcels, read from a photo", passcode="blue swan")


@pytest.fixture(scope="module")
def expired_demo(links):
    return links(days=-1)


@pytest.fixture(scope="module")
def revoked_demo(server, links):
    address = links()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        shares.revoke(shares.by_token(address.rpartition("t=")[2]).id, "local")
    return address


@pytest.fixture(scope="module")
def shared_run(done_run, titled_demo, expired_demo, revoked_demo):
    """With links in every state."""
    return done_run


@pytest.fixture(scope="module")
def watched(links):
    return links(shares.WATCH, title="Digits, trained while you watch", description="A small run for the meeting.")


@pytest.fixture(scope="module")
def demo(browser, server, done_run):
    return shared(browser, server, done_run, "Share test pictures")


def unlock(page, language):
    page.get_by_role("textbox", name=say(language, "Passcode")).fill("blue swan")
    page.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    expect(page.locator("[data-row]").nth(3)).to_be_visible(timeout=30_000)


def guess(page, language):
    page.get_by_role("textbox", name=say(language, "Passcode")).fill("a guess")
    page.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    expect(page.get_by_test_id("stAlert")).to_be_visible()


def unlock_and_ask(page, language):
    unlock(page, language)
    ask(page, language)


def ask(page, _language):
    page.locator("[data-row]").nth(3).click()
    expect(page.locator(".cb-try-answer li").first).to_be_visible(timeout=30_000)


def ask_why(page, language):
    ask(page, language)
    expect(page.locator(".cb-try-heat")).to_be_visible(timeout=60_000)


def predict_many(page, language):
    page.get_by_text(say(language, "Batch prediction"), exact=True).click()
    steps.settled(page)
    steps.awake(page.locator(".cb-upload").last)
    name = f"new-{next(BATCHES)}.zip"  # the table of the one before is still there
    given = zip_of_noise(name, [f"{number:02}.png" for number in range(24)])
    page.locator(".cb-upload input[type=file]:not([webkitdirectory])").last.set_input_files(given)
    expect(page.get_by_text(say(language, "“{name}”: {n:,} predicted.", name=name, n=24))).to_be_visible(timeout=60_000)


def see_the_points(page, _language):
    expect(page.locator(".st-key-section_5 .cb-plot .scatterlayer").first).to_be_attached(timeout=60_000)


def point_at_a_cell(page, _language):
    cell = page.locator(".cb-plot .nsewdrag").first
    cell.scroll_into_view_if_needed()
    steps.still(page)
    cell.hover()
    page.wait_for_timeout(1500)


test_screen = shots.of({
    "done": ("done_run", "", None),
    "classes": ("done_run", "&see=classes&cell=8-8", None),
    "mistakes": ("done_run", "&see=mistakes", None),
    "labels": ("done_run", "&see=labels", None),
    "pointed": ("done_run", "&see=classes", point_at_a_cell),
    "certainty": ("done_run", "&see=certainty", None),
    "map": ("done_run", "&see=map", see_the_points),
    "item": ("done_run", "&see=mistakes", mistake(".cb-explanation img")),
    "try": ("done_run", "", ask_why),
    "try-many": ("done_run", "", predict_many),
    "share": ("done_run", "", press("Private demo link", "Create link")),
    "links": ("shared_run", "", press("Private demo link")),
    "report": ("done_run", "", press("Model report", "Create report")),
    "hub": ("done_run", "", press("Hugging Face Hub")),
    "demo": ("demo", "", ask),
    "demo-passcode": ("titled_demo", "", None),
    "demo-guessed": ("guessed_demo", "", guess),
    "demo-titled": ("titled_demo", "", unlock_and_ask),
    "demo-expired": ("expired_demo", "", None),
    "demo-revoked": ("revoked_demo", "", None),
    "watch-ended": ("watched", "", None),
    "demo-ended": ("/demo?t=ended", "", None),
})  # fmt: skip
