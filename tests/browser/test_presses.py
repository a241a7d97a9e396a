"""The buttons that lead on, pressed while timers have the page run again and again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from runs.store import records

from . import steps

MEASURING = "Measuring time and memory on this machine; no need to wait."


def test_every_button_that_leads_on_acts_at_the_first_press_while_timers_run(visit, server, monkeypatch):
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    page = visit("/")
    page.get_by_role("button", name="Try the sample").first.click()
    steps.address(page, "data")
    expect(page.get_by_text(MEASURING)).to_be_visible(timeout=60_000)
    start = page.get_by_role("button", name="Start fine-tuning")
    expect(start).to_be_enabled(timeout=60_000)
    start.click()
    run = re.search(r"run=(\w+)", steps.address(page, "run"))[1]

    stop = page.get_by_role("button", name="Leave the queue").or_(page.get_by_role("button", name="Stop, keep best"))
    stop.first.click()
    resume = page.get_by_role("button", name="Resume").first
    expect(resume).to_be_visible(timeout=120_000)
    resume.click()
    steps.comes(page, lambda: records.run(run, "local").stop, lambda wish: wish is None)

    page.get_by_role("button", name="Delete run").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert records.run(run, "local") is not None
    page.get_by_role("button", name="Delete run").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    steps.comes(page, lambda: records.run(run, "local"), lambda gone: gone is None)
    steps.address(page, "data")
