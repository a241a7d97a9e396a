"""What a person does on the page of a run that is done: has it answer, hears, and looks closer."""

from __future__ import annotations

import csv
import io
import re

from playwright.sync_api import expect

from . import steps

WRITE_STATES = """(clip) => {
    clip.states = []
    const watcher = new MutationObserver(() => clip.states.push(clip.dataset.state))
    watcher.observe(clip, { attributes: true, attributeFilter: ['data-state'] })
}"""


def likeliest(page):
    return page.locator(".cb-try-answer li").first


def play(page, clip):
    """Play it and wait until it was heard. A short sound is over before one would look: its states are written down."""
    clip.evaluate(WRITE_STATES)
    clip.get_by_role("button", name="Play").click()
    steps.comes(page, lambda: clip.evaluate("(clip) => clip.states"), lambda states: states and states[0] == "playing")


def predicted(page, told, *files, folder=False):
    """Give files as a batch, or a folder; once this is told, the rows of the table, and its name."""
    zone = page.locator("[class*=st-key-try_many_] .cb-upload")
    expect(zone).to_be_visible()
    steps.settled(page)
    steps.awake(zone)
    kind = "input[webkitdirectory]" if folder else "input[type=file]:not([webkitdirectory])"
    zone.locator(kind).set_input_files(files[0] if folder else files)
    expect(page.get_by_text(told)).to_be_visible(timeout=60_000)
    steps.settled(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the table (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_bytes().decode("utf-8-sig"))))
    return rows, download.value.suggested_filename


def fits_in_every_view(page):
    """The last view is that of the classes."""
    steps.fits_the_window(page)
    for view in ("Mistakes", "Calibration", "Classes"):
        steps.see(page, view)
        steps.fits_the_window(page)


def open_first_cell(page):
    """That of the matrix of classes, whose examples are listed then."""
    page.locator(".heatmaplayer image, .heatmaplayer path").first.wait_for(state="attached")
    steps.click_in(page, page.locator(".cb-plot", has=page.locator(".heatmaplayer")), 1 / 6, 1 / 6)
    page.wait_for_url(re.compile(r"cell=0-0\b"), wait_until="commit")
    steps.settled(page)
