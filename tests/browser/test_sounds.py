"""Sounds in a browser: taken by microphone, heard one at a time, read, and looked at closely.

Chromium's microphone here is none: it beeps once a second.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sounds import encoded, tone

from . import bringing, steps

COLLECT = "More ways: microphone, single recordings, table, test file"
MICROPHONES = """() => {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  const kinds = {
    real,
    refused: async () => { throw new DOMException('no', 'NotAllowedError') },
    muted: async () => new AudioContext().createMediaStreamDestination().stream,
  }
  navigator.mediaDevices.getUserMedia = (wanted) => kinds[window.microphone](wanted)
}"""


@pytest.fixture(scope="module")
def tones(server, tmp_path_factory, zip_of):
    """The address of twenty-four tones in two classes, read into the app's home; the last ones play for long."""
    seconds = [1 + n / 20 if n < 20 else 10 for n in range(24)]
    names = {f"{'high' if n % 2 else 'low'}/{n:02}.wav": encoded(tone(seconds[n], 300 + 40 * n)) for n in range(24)}
    return bringing.read(server, "speech", zip_of(tmp_path_factory.mktemp("tones") / "pitches.zip", names))


def record(page, heard="0:01"):
    """Record until the time says so."""
    steps.settled(page)
    button, clock = page.locator(".cb-upload [data-do=record]"), page.locator(".cb-upload-microphone output")
    expect(button).to_have_text("Record with the microphone")  # before that nobody listens to it
    clock.evaluate("(one) => { one.textContent = '' }")  # what was said of the take before
    button.click()
    expect(button).to_have_text("Stop recording")
    expect(clock).to_have_text(re.compile(heard))
    button.click()


def test_takes_need_a_class_and_a_microphone_and_become_data_with_files(visit, tmp_path):
    page = visit("/speech")
    page.get_by_role("button", name=COLLECT).click()
    steps.address(page, "draft")
    expect(page.get_by_text("Nothing collected yet")).to_be_visible()
    steps.settled(page)
    page.evaluate(MICROPHONES)
    message, label = page.locator(".cb-upload-message"), page.locator(".cb-upload-label input")
    button = page.locator(".cb-upload [data-do=record]")
    expect(button).not_to_have_text("")  # before that nobody listens to it
    button.click()
    expect(message).to_have_text("Type the class first.")
    expect(label).to_be_focused()
    label.fill("beep")
    page.evaluate("window.microphone = 'refused'")
    button.click()
    expect(message).to_have_text("Microphone access is blocked. Allow it in the address bar.")
    expect(button).to_have_text("Record with the microphone")
    page.evaluate("window.microphone = 'muted'")
    record(page, r"0:0\d\.[2-9]")
    expect(message).to_have_text("No sound recorded. Check that the right microphone is switched on.")
    expect(button).to_have_text("Record with the microphone")

    page.evaluate("window.microphone = 'real'")
    for number in (1, 2, 3):
        record(page)
        expect(page.get_by_text(f"beep · {number}", exact=True)).to_be_visible(timeout=30_000)
        steps.settled(page)
    expect(button).to_be_focused()  # the next take is one key away
    takes = page.locator(".cb-recording")
    expect(takes).to_have_count(3)
    clip = takes.first.locator(".cb-clip")
    takes.first.get_by_role("button", name="Play").click()
    expect(clip).to_have_attribute("data-state", "playing")
    expect(clip).to_have_attribute("data-state", "still")
    takes.first.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("beep · 2", exact=True)).to_be_visible()
    expect(takes).to_have_count(2)

    steps.settled(page)
    files = [tmp_path / f"{pitch}.wav" for pitch in (300, 400, 500)]
    for path in files:
        path.write_bytes(encoded(tone(1, int(path.stem))))
    label.fill("hum")
    steps.upload(page, files)
    expect(page.get_by_text("hum · 3", exact=True)).to_be_visible(timeout=30_000)
    steps.settled(page)
    page.get_by_role("button", name="Import recordings").click()
    steps.address(page, "data")
    expect(page.get_by_test_id("stMetric").first).to_have_text("Examples5", timeout=30_000)
    expect(page.get_by_test_id("stMetric").nth(1)).to_have_text("Classes2")


def test_one_recording_is_heard_at_a_time_looked_at_closely_and_fits_a_phone(visit, tones):
    page = visit(f"{tones}&show=class:high")
    listed = page.locator(".st-key-speech_items .cb-recording")  # of the class, not those that the check begins with
    expect(listed).to_have_count(12, timeout=30_000)
    steps.settled(page)
    first, second = (listed.nth(n).locator(".cb-clip") for n in (10, 11))
    first.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("data-state", "playing")
    expect(first.get_by_role("button", name="Pause")).to_be_focused()
    second.get_by_role("button", name="Play").click()
    expect(second).to_have_attribute("data-state", "playing")
    expect(first).to_have_attribute("data-state", "still")
    steps.settled(page)
    expect(page.get_by_role("dialog")).to_have_count(0)  # hearing one opens none
    page.set_viewport_size({"width": 390, "height": 844})
    steps.fits_the_window(page)
    listed.nth(1).locator("button.cb-recording-head").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    place = dialog.get_by_role("slider", name="Playback position")
    expect(place).to_be_visible(timeout=30_000)
    place.fill("0.5")
    expect(dialog.locator(".cb-clip-time")).to_contain_text("0.6 s /")
    expect(dialog).to_contain_text("Label: high")
