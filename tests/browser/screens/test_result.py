"""The result of a run on pictures, trying it and sharing it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from runs.language import say

from .. import steps
from . import shots
from .acts import mistake, press, shared, zip_of_noise


@pytest.fixture(scope="module")
def demo(browser, server, done_run):
    return shared(browser, server, done_run, "Share test pictures")


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
    given = zip_of_noise("new.zip", [f"{number:02}.png" for number in range(24)])
    page.locator(".cb-upload input[type=file]:not([webkitdirectory])").last.set_input_files(given)
    expect(page.get_by_text(say(language, "Least confident first"))).to_be_visible(timeout=60_000)


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
    "pointed": ("done_run", "&see=classes", point_at_a_cell),
    "certainty": ("done_run", "&see=certainty", None),
    "map": ("done_run", "&see=map", see_the_points),
    "item": ("done_run", "&see=mistakes", mistake(".cb-explanation img")),
    "try": ("done_run", "", ask_why),
    "try-many": ("done_run", "", predict_many),
    "share": ("done_run", "", press("Private demo link", "Create link")),
    "demo": ("demo", "", ask),
    "demo-ended": ("/demo?t=ended", "", None),
})  # fmt: skip
