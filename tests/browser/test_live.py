"""A run is watched: what moves, and what must not."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from . import steps


@pytest.fixture
def plot(visit, long_run):
    """A page on the long run with its loss chart zoomed: the page, the node of the chart and the range shown."""
    page = visit(long_run)
    steps.points(page, at_least=3)
    shown = steps.drag_zoom(page)
    return page, page.query_selector(steps.LOSS), shown


def test_a_zoom_stays_while_points_come_in(plot):
    page, node, shown = plot
    before = steps.points(page)
    steps.polled(page, times=3)
    steps.points(page, at_least=before + 1)
    assert steps.zoom(page) == shown
    assert node.evaluate("(node, place) => node === document.querySelector(place)", steps.LOSS)


def test_a_change_of_language_changes_the_words_and_nothing_else(plot):
    page, node, shown = plot
    before, address = steps.points(page), page.url
    steps.choose_language(page, "简体中文")
    expect(page.locator('.cb-live [data-say="status"]')).to_have_text("运行中")
    expect(page.get_by_role("heading", name="3 · 微调")).to_be_visible()
    steps.polled(page, times=1)
    assert steps.points(page) >= before
    assert steps.zoom(page) == shown
    assert node.evaluate("(node, place) => node === document.querySelector(place)", steps.LOSS)
    assert page.url == f"{address}&lang=zh"


def test_a_reload_brings_the_run_back_with_all_its_points(visit, long_run):
    page = visit(long_run)
    steps.points(page, at_least=3)
    before = steps.curve(page)
    page.reload()
    steps.points(page, at_least=len(before))
    assert steps.curve(page)[: len(before)] == before


def test_a_second_browser_sees_the_same_run(visit, long_run):
    one, other = visit(long_run), visit(long_run, locale="zh-CN")
    steps.points(one, at_least=3)
    before = steps.curve(one)
    steps.points(other, at_least=len(before))
    assert steps.curve(other)[: len(before)] == before
    expect(other.locator('.cb-live [data-say="status"]')).to_have_text("运行中")


def test_a_run_is_stopped_kept_resumed_and_discarded(visit, long_run):
    page = visit(long_run)
    steps.points(page)
    page.get_by_role("button", name="Stop and keep the best").click()
    steps.status(page, "stopped", limit=10)
    expect(page.get_by_role("heading", name="5 · Evaluate")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("link", name="Download the model")).to_be_visible(timeout=60_000)
    learnt = steps.points(page)

    page.get_by_role("button", name="Resume").click()
    steps.status(page, "running", limit=30)
    steps.points(page, at_least=learnt + 3)

    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Discard for good").click()
    expect(page.locator(".cb-live")).to_have_count(0)
    expect(page.get_by_role("button", name="Start fine-tuning")).to_be_visible()
    page.goto(page.url.split("?")[0] + "?" + long_run.split("?")[1])
    expect(page.get_by_text("There is no such run.")).to_be_visible()
