"""Runs are found again, named, and laid side by side."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from compared_runs import BAD, GOOD, measured, rows
from opened_pages import RESULT
from playwright.sync_api import expect

import cases
from cases.settings import as_json
from runs import paths
from runs.store import queue, records

from . import steps

DRAWN = "document.querySelectorAll('.cb-plot .scatterlayer .trace').length === {}"


@pytest.fixture(scope="module")
def two_runs(server, data):
    """Two runs on the same data, and what they said of forty test examples."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        for rate, said in ((0.002, GOOD), (0.00001, BAD)):
            chosen = as_json(cases.get("image_recognition").Settings(epochs=3, learning_rate=rate))
            made = records.create_run("local", "fine_tune", "image_recognition", "handwritten-digits", settings=chosen,
                                      dataset=data.rpartition("=")[2], edits={}, status="running")  # fmt: skip
            queue.claim_here(made)
            measured(made, rows(rate))
            table = pd.DataFrame({"id": range(40), "label": GOOD, "predicted": said})
            paths.run(made).mkdir(parents=True, exist_ok=True)
            table.to_parquet(paths.run(made) / "predictions.parquet")
            queue.end(made, "done", result={**RESULT, "settings": chosen})


def no_cell_needs_a_second_line(page):
    """And the table fills the page."""
    expect(page.locator(".cb-runs-row")).not_to_have_count(0)
    steps.drawn(page)
    table, room = (page.locator(place).bounding_box()["width"] for place in (".cb-runs table", ".cb-runs-scroll"))
    assert table == pytest.approx(room, abs=1)
    lines = page.locator(".cb-runs-said, .cb-runs-link, .cb-runs-title, .cb-runs-metric")
    assert max(lines.evaluate_all("all => all.map((one) => one.offsetHeight)")) < 32


def test_two_runs_are_compared_on_a_screen_and_on_a_phone(visit, two_runs):
    page = visit("/runs")
    no_cell_needs_a_second_line(page)
    boxes = page.locator(".cb-runs-row").get_by_role("checkbox")
    page.set_viewport_size({"width": 390, "height": 900})
    for number in (0, 1):
        boxes.nth(number).check()
    steps.fits_the_window(page)
    page.get_by_role("button", name="Compare (2)").click()
    page.wait_for_function(DRAWN.format(4))  # training and validation of each
    page.get_by_text("Accuracy", exact=True).first.click()
    page.wait_for_function(DRAWN.format(2))
    expect(page.get_by_role("heading", name="Different settings")).to_be_visible()
    expect(page.get_by_text("B against A on 40 test examples")).to_be_visible()
    steps.fits_the_window(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    steps.fits_the_window(page)
    page.reload()  # the address names what is compared
    page.wait_for_function(DRAWN.format(4))
    steps.settled(page)
    page.get_by_role("link", name="A · handwritten-digits").click()
    expect(page.locator(".cb-hero-value")).to_be_visible()


def test_the_table_is_used_by_the_keyboard_alone(visit, two_runs):
    page = visit("/runs")
    rows = page.locator(".cb-runs-row")
    expect(rows.first).to_be_visible()
    steps.settled(page)
    rows.first.get_by_role("button", name=re.compile("^Edit")).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("<b>Slow</b> & steady")  # its name is selected
    page.keyboard.press("Tab")
    page.keyboard.type("final, 论文")
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="<b>Slow</b> & steady")
    expect(link).to_be_visible()
    every = rows.count()
    page.get_by_role("searchbox").focus()
    page.keyboard.type("论文 steady")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("button", name="final", exact=True)).to_be_visible()
    page.reload()  # what was typed and written is there again
    expect(link).to_be_visible()
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    expect(rows).to_have_count(every)
    title = page.get_by_role("columnheader", name="Run", exact=True)
    title.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(title).to_have_attribute("aria-sort", "ascending")
    expect(rows.first.get_by_role("link")).to_have_text("<b>Slow</b> & steady")
    rows.first.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cb-hero-value")).to_be_visible()
