"""Sounds in a browser: taken by microphone, heard one at a time, read, and looked at closely.

Chromium's microphone here is none: it beeps once a second.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sounds import encoded, tone

from . import steps

COLLECT = "More ways: microphone, single recordings, table, test file"
REFUSED = """() => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError') }
}"""
MUTED = """() => {
  navigator.mediaDevices.getUserMedia = async () => new AudioContext().createMediaStreamDestination().stream
}"""


@pytest.fixture
def collection(visit):
    def opening(script=None, **more):
        page = visit("/speech", **more)
        page.get_by_role("button", name=COLLECT).click()
        steps.address(page, "draft")
        expect(page.get_by_text("Nothing collected yet")).to_be_visible()
        steps.settled(page)
        if script:
            page.evaluate(script)
        return page

    return opening


@pytest.fixture(scope="module")
def tones(browser, server, tmp_path_factory, zip_of):
    """The address of twenty-four tones in two classes, read by the app; the last ones play for long."""
    seconds = [1 + n / 20 if n < 20 else 10 for n in range(24)]
    names = {f"{'high' if n % 2 else 'low'}/{n:02}.wav": encoded(tone(seconds[n], 300 + 40 * n)) for n in range(24)}
    path = zip_of(tmp_path_factory.mktemp("tones") / "tones.zip", names)
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/speech")
    steps.upload(page, path)
    address = steps.address(page, "data")
    page.close()
    return address


def record(page, seconds=1.6):
    steps.settled(page)
    button = page.locator(".cb-upload [data-do=record]")
    expect(button).not_to_have_text("")  # before that nobody listens to it
    button.click()
    expect(button).to_have_text("Stop recording")
    page.wait_for_timeout(1000 * seconds)  # of sound
    button.click()


def takes(page):
    return page.locator(".cb-recording")


def listed(page):
    """Those of the class that was chosen, not those that the check begins with."""
    return page.locator(".st-key-speech_items .cb-recording")


def test_takes_go_into_their_class_are_counted_heard_and_taken_out(collection):
    page = collection()
    page.locator(".cb-upload-label input").fill("beep")
    for number in (1, 2, 3):
        record(page)
        expect(page.get_by_text(f"beep · {number}", exact=True)).to_be_visible(timeout=30_000)
        steps.settled(page)
    expect(page.locator(".cb-upload [data-do=record]")).to_be_focused()  # the next take is one key away
    expect(takes(page)).to_have_count(3)
    takes(page).first.get_by_role("button", name="Play").click()
    expect(takes(page).first.locator(".cb-clip")).to_have_attribute("data-state", "playing")
    expect(takes(page).first.locator(".cb-clip")).to_have_attribute("data-state", "still")
    takes(page).first.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("beep · 2", exact=True)).to_be_visible()
    expect(takes(page)).to_have_count(2)


def test_recorded_classes_become_data(collection):
    page = collection()
    for label in ("short", "long"):
        page.locator(".cb-upload-label input").fill(label)
        for number in (1, 2, 3):
            record(page, 1.3 if label == "short" else 2.4)
            expect(page.get_by_text(f"{label} · {number}", exact=True)).to_be_visible(timeout=30_000)
            steps.settled(page)
    page.get_by_role("button", name="Import recordings").click()
    steps.address(page, "data")
    expect(page.get_by_test_id("stMetric").first).to_have_text("Examples6", timeout=30_000)
    expect(page.get_by_test_id("stMetric").nth(1)).to_have_text("Classes2")


def test_a_take_needs_its_class_first(collection):
    page = collection()
    expect(page.locator(".cb-upload [data-do=record]")).not_to_have_text("")
    page.locator(".cb-upload [data-do=record]").click()
    expect(page.locator(".cb-upload-message")).to_have_text("Type the class first.")
    expect(page.locator(".cb-upload-label input")).to_be_focused()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (REFUSED, "Microphone access is blocked. Allow it in the address bar."),
        (MUTED, "No sound recorded. Check that the right microphone is switched on."),
    ],
)
def test_why_nothing_was_recorded_is_said(collection, script, told):
    page = collection(script)
    page.locator(".cb-upload-label input").fill("beep")
    button = page.locator(".cb-upload [data-do=record]")
    expect(button).not_to_have_text("")  # before that nobody listens to it
    button.click()
    if script == MUTED:
        expect(button).to_have_text("Stop recording")
        page.wait_for_timeout(500)  # of silence
        button.click()
    expect(page.locator(".cb-upload-message")).to_have_text(told)
    expect(button).to_have_text("Record with the microphone")


def test_one_recording_is_heard_at_a_time_also_by_keyboard(visit, tones):
    page = visit(f"{tones}&show=class:high")
    expect(listed(page)).to_have_count(12, timeout=30_000)
    steps.settled(page)
    first, second = (listed(page).nth(n).locator(".cb-clip") for n in (10, 11))
    first.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("data-state", "playing")
    expect(first.get_by_role("button", name="Pause")).to_be_focused()
    second.get_by_role("button", name="Play").click()
    expect(second).to_have_attribute("data-state", "playing")
    expect(first).to_have_attribute("data-state", "still")
    steps.settled(page)
    expect(page.get_by_role("dialog")).to_have_count(0)  # hearing one opens none


def test_a_recording_is_looked_at_closely_and_heard_from_a_place(visit, tones):
    page = visit(f"{tones}&show=class:high")
    expect(listed(page)).to_have_count(12, timeout=30_000)
    steps.settled(page)
    listed(page).nth(1).locator("button.cb-recording-head").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    place = dialog.get_by_role("slider", name="Playback position")
    expect(place).to_be_visible(timeout=30_000)
    place.fill("0.5")
    expect(dialog.locator(".cb-clip-time")).to_contain_text("0.6 s /")
    expect(dialog).to_contain_text("Label: high")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_recordings_fit_a_phone(visit, tones, locale):
    page = visit(f"{tones}&show=class:low", locale=locale, width=390, height=844)
    expect(listed(page)).to_have_count(12, timeout=30_000)
    steps.fits_the_window(page)
