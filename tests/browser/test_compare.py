"""Runs are found again, named, and laid side by side."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from . import steps

DRAWN = "document.querySelectorAll('.cb-plot .scatterlayer .trace').length === {}"


@pytest.fixture(scope="module")
def two_runs(browser, server, data):
    """Two short runs on the same data."""
    server.forget_choices()
    for learning_rate in (0.002, 0.00001):
        page = browser.new_page(locale="en-US")
        page.goto(server.url + data)
        steps.train(page, mode="Head only", epochs=3, learning_rate=learning_rate)
        steps.address(page, "run")
        steps.status(page, "done")
        page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_two_runs_are_compared(visit, two_runs, width):
    page = visit("/runs", width=width)
    boxes = page.locator(".cb-runs-row").get_by_role("checkbox")
    expect(boxes).not_to_have_count(0)
    for number in (0, 1):
        boxes.nth(number).check()
    steps.fits_the_window(page)
    page.get_by_role("button", name="Compare (2)").click()
    page.wait_for_function(DRAWN.format(4), timeout=30_000)  # training and validation of each
    page.get_by_text("Accuracy", exact=True).first.click()
    page.wait_for_function(DRAWN.format(2), timeout=30_000)
    expect(page.get_by_role("heading", name="Different settings")).to_be_visible()
    expect(page.get_by_text(re.compile(r"B against A on \d+ test examples"))).to_be_visible()
    steps.fits_the_window(page)
    page.reload()  # the address names what is compared
    page.wait_for_function(DRAWN.format(4), timeout=30_000)
    steps.settled(page)
    page.get_by_role("link", name="A · handwritten-digits").click()
    expect(page.locator(".cb-hero-value")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_table_fills_the_page_and_no_cell_needs_a_second_line(visit, two_runs, locale):
    page = visit("/runs", locale=locale)
    expect(page.locator(".cb-runs-row")).not_to_have_count(0)
    steps.still(page)
    table, room = (page.locator(place).bounding_box()["width"] for place in (".cb-runs table", ".cb-runs-scroll"))
    assert table == pytest.approx(room, abs=1)
    lines = page.locator(".cb-runs-said, .cb-runs-link, .cb-runs-title, .cb-runs-metric")
    assert max(lines.evaluate_all("all => all.map((one) => one.offsetHeight)")) < 32


def test_the_table_is_used_by_the_keyboard_alone(visit, two_runs):
    page = visit("/runs")
    rows = page.locator(".cb-runs-row")
    expect(rows.first).to_be_visible()
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


def test_runs_are_deleted_after_a_question(visit, two_runs):
    page = visit("/runs", width=390)
    rows = page.locator(".cb-runs-row")
    expect(rows.first).to_be_visible()
    before = rows.count()
    rows.first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete (1)").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(rows).to_have_count(before)
    page.get_by_role("button", name="Delete (1)").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete permanently").click()
    expect(rows).to_have_count(before - 1)
