"""Find the best, from the button to the model: what is seen meanwhile, and the way to a trial and back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from runs.search import journal
from runs.store import records

from . import steps

LIMIT = 300  # seconds in which two trials and an export are done, also beside others


def test_a_search_shows_its_trials_and_comes_to_a_model(visit, data, server, monkeypatch):
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    page = visit(data)
    search = page.get_by_role("button", name="Find the best")
    expect(search).to_be_enabled(timeout=60_000)
    search.click()  # the first press acts, also while timers run
    run = re.search(r"run=(\w+)", steps.address(page, "run"))[1]
    assert records.run(run, "local").kind == "search"
    expect(page.get_by_role("button", name="Stop, keep best")).to_be_visible(timeout=60_000)
    expect(page.locator(".cb-chip")).to_contain_text("Running")
    expect(page.get_by_text(re.compile(r"^Trial \d|^Estimating|^Queued")).first).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible(timeout=120_000)
    read = lambda: journal.of(records.run(run, "local")).tried  # noqa: E731
    tried = steps.comes(page, read, lambda found: len(found) >= 2, LIMIT)
    expect(page.get_by_text("Best so far")).to_be_visible()
    page.get_by_text("All trials in one figure").click()
    expect(page.locator(".cb-plot .main-svg").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Stop, keep best").click()
    expect(page.get_by_text("The test part played no role in the choice.")).to_be_visible(timeout=LIMIT * 1000)
    steps.click_point(page, page.locator(f".st-key-search_lines_{run} .cb-plot"))
    expect(page.get_by_text("A trial of the search")).to_be_visible(timeout=30_000)
    trial = visit(f"/image_recognition?run={tried[-1].run}")
    expect(trial.get_by_text("A trial of the search")).to_be_visible()
    expect(trial.get_by_role("button", name="Measure on the test part")).to_be_visible()
