"""The same on a screen of 390 pixels."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from . import steps


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("address", ["/", "/image_recognition", "/speech", "/runs"])
def test_no_page_scrolls_sideways(visit, address, locale):
    page = visit(address, locale=locale, width=390, height=844)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    steps.fits_the_window(page)


def follows(boxes):
    """Whether the second box stands right below the first."""
    return all(boxes) and 0 <= boxes[1]["y"] - boxes[0]["y"] - boxes[0]["height"] < 12


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_legend_follows_its_chart_at_once_however_many_rows_it_takes(visit, trained, locale, width):
    page = visit(trained, locale=locale, width=width)
    steps.points(page)
    for chart in ("loss", "metric"):
        figure = page.locator(f'[data-chart="{chart}"]')
        legend = figure.locator(".infolayer > .legend > .bg")
        expect(legend).to_be_attached()
        steps.still(page)
        places = figure.locator(".annotation"), legend
        steps.comes(page, lambda places=places: [place.bounding_box() for place in places], follows)


def test_a_run_is_started_and_watched_on_a_phone(visit, data):
    page = visit(data, width=390, height=844, has_touch=True, is_mobile=True)
    steps.settled(page)
    page.get_by_role("button", name="Start fine-tuning").click()
    steps.address(page, "run")
    steps.status(page, "running")
    steps.points(page)
    steps.fits_the_window(page)
    steps.status(page, "done")
    expect(page.get_by_role("link", name="Download the model")).to_be_visible()
    steps.fits_the_window(page)
