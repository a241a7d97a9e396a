"""Recommendation: the check, the result, and the lists of somebody new and somebody known."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from runs.language import say

from .. import steps
from . import shots
from .acts import shared


@pytest.fixture(scope="module")
def item_demo(browser, server, item_run):
    return shared(browser, server, item_run, None)


def someone_it_knew(page, language):
    found = say(language, "In the top 10 ({n:,})", n=0)
    page.get_by_role("radio", name=found.split("0")[0]).click()
    expect(page.locator(".st-key-section_5 li").filter(has_text="✓")).to_have_count(1, timeout=30_000)


def like_films(page, language):
    for title in ("Star Wars", "Toy Story"):
        box = page.get_by_role("combobox", name=say(language, "Items you like"))
        box.click()
        box.fill(title)
        page.get_by_role("option", name=title, exact=True).click()
    page.keyboard.press("Escape")
    expect(page.locator(".cb-item-card").first).to_be_visible(timeout=30_000)


def compare_lists(page, language):
    like_films(page, language)
    page.get_by_text(say(language, "Compare with baselines"), exact=True).click()
    expect(page.locator(".cb-cards-items")).to_have_count(3, timeout=30_000)


def become_somebody(page, language):
    page.get_by_role("radio", name=say(language, "Existing user")).click()
    steps.settled(page)
    box = page.get_by_role("combobox", name=say(language, "User")).last
    box.click()
    box.fill("196")
    page.get_by_role("option", name="196", exact=True).click()
    expect(page.locator(".cb-item-card")).to_have_count(10, timeout=30_000)


test_screen = shots.of({
    "items-empty": ("/recommendation", "", None),
    "items-data": ("item_data", "", None),
    "items-done": ("item_run", "", None),
    "items-user": ("item_run", "&see=users", someone_it_knew),
    "items-try": ("item_run", "", like_films),
    "items-beside": ("item_run", "", compare_lists),
    "items-existing": ("item_run", "", become_somebody),
    "items-demo": ("item_demo", "", None),
})  # fmt: skip
