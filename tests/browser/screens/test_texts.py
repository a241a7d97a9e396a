"""Texts: their check, the result, trying it and a demo."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from . import shots
from .acts import look_at, mistake, press, shared

SAID = {
    "en": "The actors are wonderful, but the story is far too long and I nearly fell asleep.",
    "zh": "演员很棒，但是故事太长，我差点睡着了。",
}


@pytest.fixture(scope="module")
def text_demo(browser, server, text_run):
    return shared(browser, server, text_run, "Share test texts")


def say_it(page, language):
    page.locator(".cb-try-write textarea").fill(SAID[language])
    expect(page.locator(".cb-words")).to_be_visible(timeout=60_000)


test_screen = shots.of({
    "text-empty": ("/text_analysis", "", None),
    "text-typing": ("/text_analysis", "", press("More ways: typed or pasted texts, several tables, test file")),
    "text-data": ("text_data", "", None),
    "text-lengths": ("text_data", "", look_at("Length in tokens")),
    "text-done": ("text_run", "", None),
    "text-item": ("text_run", "&see=mistakes", mistake(".cb-words")),
    "text-try": ("text_run", "", say_it),
    "text-demo": ("text_demo", "", None),
})  # fmt: skip
