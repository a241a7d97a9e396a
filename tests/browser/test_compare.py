"""Runs are found again, named, and laid side by side."""

from __future__ import annotations

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
    boxes = page.get_by_test_id("stCheckbox")
    expect(boxes).not_to_have_count(0)
    for number in (0, 1):
        steps.settled(page)
        boxes.nth(number).click()
        expect(boxes.nth(number).get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Compare (2)").click()
    page.wait_for_function(DRAWN.format(4), timeout=30_000)  # training and validation of each
    page.get_by_text("Accuracy", exact=True).first.click()
    page.wait_for_function(DRAWN.format(2), timeout=30_000)
    expect(page.get_by_role("heading", name="Different settings")).to_be_visible()
    expect(page.get_by_text("correct only in A").or_(page.get_by_text("the same examples."))).to_be_visible()
    steps.fits_the_window(page)
    page.reload()  # the address names what is compared
    page.wait_for_function(DRAWN.format(4), timeout=30_000)
    steps.settled(page)
    page.get_by_role("link", name="A · handwritten-digits").click()
    expect(page.locator(".cb-hero-value")).to_be_visible()


def test_a_run_gets_a_name(visit, two_runs):
    page = visit("/runs", width=390)
    steps.settled(page)
    page.get_by_role("button", name="Rename").first.click()
    field = page.get_by_label("Name", exact=True)
    field.fill("<b>Slow</b> & steady")
    field.press("Enter")
    expect(page.get_by_role("link", name="<b>Slow</b> & steady")).to_be_visible()
    page.reload()
    link = page.get_by_role("link", name="<b>Slow</b> & steady")
    expect(link).to_be_visible()
    widths = "(link) => [link.scrollWidth, link.clientWidth]"
    steps.comes(page, lambda: link.evaluate(widths), lambda found: found[0] <= found[1])
