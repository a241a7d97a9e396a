"""Runs: all of them, also on the home page, compared, failed, at work and stopped."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import cases
from cases.settings import as_json
from models.errors import InputError
from runs.language import say
from runs.store import records, shares

from .. import steps
from . import shots


@pytest.fixture(scope="module")
def all_runs(done_run, text_run, sound_run, item_run):
    """Of every case one."""
    return "/runs"


@pytest.fixture(scope="module")
def home_page(all_runs):
    return "/"


@pytest.fixture(scope="module")
def running(sample):
    """A page on a run that learns slowly for many minutes; others would wait for it."""
    page = sample()
    steps.train(page, mode="Head only", epochs=900, batch_size=1, learning_rate=0.000003)
    steps.points(page, at_least=60)
    yield page
    if (stop := page.get_by_role("button", name="Stop, keep best")).count():
        stop.click()
        steps.status(page, "stopped")


@pytest.fixture(scope="module")
def running_run(running):
    return steps.address(running, "run")


@pytest.fixture(scope="module")
def watched(server, running_run):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        run = records.run(running_run.rpartition("run=")[2], "local")
        token = shares.create(run, days=7, kind=shares.WATCH, title="Digits, trained while you watch",
                              description="A small run for the meeting.")  # fmt: skip
    return f"/watch?t={token}"


@pytest.fixture(scope="module")
def stopped_run(running, running_run):
    running.get_by_role("button", name="Stop, keep best").click()
    expect(running.get_by_role("link", name="Download the model")).to_be_visible(timeout=60_000)
    return running_run


@pytest.fixture(scope="module")
def failed_run(server, sample):
    """A run that ended as one whose loss became no number."""
    error = InputError(
        found="The loss became NaN or infinite at step {step}.",
        expected="The learning rate must keep the loss finite; it is {learning_rate:g}.",
        remedy="Start again with a learning rate ten times smaller.", step=3, learning_rate=1.0,
    ).mended_by(settings={"learning_rate": 0.1})  # fmt: skip
    dataset = sample().url.rpartition("data=")[2]
    settings = as_json(cases.get("image_recognition").Settings(mode="full", learning_rate=1.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        made = records.create_run("local", "fine_tune", "image_recognition", "digits", dataset=dataset, edits={},
                                  settings=settings, status="failed", error=error.as_json())  # fmt: skip
    return f"/image_recognition?run={made}"


@pytest.fixture(scope="module")
def home_while_running(running):
    return "/"


def compare(page, language):
    for number in (0, 1):
        page.locator(".cb-runs-row .cb-runs-tick").nth(number).click()
    page.get_by_role("button", name=say(language, "Compare ({n})", n=2)).click()
    page.wait_for_timeout(2000)


def watch(page, _language):
    steps.points(page, at_least=25)


test_screen = shots.of({
    "home": ("home_page", "", None),
    "runs": ("all_runs", "", None),
    "compare": ("all_runs", "", compare),
    "failed-run": ("failed_run", "", None),
    "running": ("running_run", "", watch),
    "watch-live": ("watched", "", watch),
    "home-running": ("home_while_running", "", None),
    "stopped": ("stopped_run", "", None),
})  # fmt: skip
