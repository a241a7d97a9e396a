"""Sounds: recording, their check, the result and trying it; and speech that is transcribed."""

from __future__ import annotations

import re

import made_speech
import numpy as np
import pytest
from playwright.sync_api import expect
from sounds import encoded

from runs.language import say

from .. import steps
from . import shots
from .acts import look_at, mistake


@pytest.fixture(scope="module")
def recorded_takes(browser, server):
    """A collection of takes of one class; Chromium's microphone beeps."""
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/speech")
    page.get_by_role("button", name=re.compile("^More ways: microphone")).click()
    address = steps.address(page, "draft")
    steps.settled(page)
    page.locator(".cb-upload-label input").fill("beep")
    for number in (1, 2, 3):
        button = page.locator(".cb-upload [data-do=record]")
        button.click()
        expect(button).to_have_text("Stop recording")
        page.wait_for_timeout(1300 + 300 * number)
        button.click()
        expect(page.get_by_text(f"beep · {number}", exact=True)).to_be_visible(timeout=30_000)
        steps.settled(page)
    page.close()
    return address


@pytest.fixture(scope="module")
def written_data(written_run):
    return f"/speech?data={written_run.dataset}"


@pytest.fixture(scope="module")
def written(written_run):
    return f"/speech?run={written_run.id}"


def open_takes(page, _language):
    page.get_by_text("beep · 3", exact=True).click()
    expect(page.locator(".cb-recording")).to_have_count(3)


def hear_an_example(page, language):
    page.get_by_role("button", name=say(language, "Example {n}", n=1), exact=True).click()
    expect(page.locator(".cb-try-answer li").first).to_be_visible(timeout=30_000)
    expect(page.locator(".cb-explanation figure").first).to_be_visible(timeout=60_000)


def dictate(page, _language):
    sound = encoded(made_speech.spoken(["low", "high"], np.random.default_rng(5)))
    given = {"name": "dictation.wav", "mimeType": "audio/wav", "buffer": sound}
    page.locator(".cb-try input[data-for=choose]").set_input_files(given)
    expect(page.locator(".cb-try[data-state=answered]")).to_be_visible(timeout=30_000)


test_screen = shots.of({
    "sound-empty": ("/speech", "", None),
    "sound-recording": ("recorded_takes", "", open_takes),
    "sound-data": ("sound_data", "", None),
    "sound-lengths": ("sound_data", "", look_at("Length in seconds")),
    "sound-done": ("sound_run", "", None),
    "sound-classes": ("sound_run", "&see=classes&cell=0-0", None),
    "sound-item": ("sound_run", "&see=mistakes", mistake(".cb-sounds-cut")),
    "sound-try": ("sound_run", "", hear_an_example),
    "transcripts-data": ("written_data", "", None),
    "transcripts-done": ("written", "", None),
    "transcripts-try": ("written", "", dictate),
})  # fmt: skip
