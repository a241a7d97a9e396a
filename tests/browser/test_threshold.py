"""A threshold that is saved in the browser stays, and everything that answers says “not sure” below it."""

from __future__ import annotations

import re
import shutil

import pytest
import static_demos
from playwright.sync_api import expect

from runs.exports.static_demo import library
from runs.results import decisions
from runs.store import records

from . import steps

UNSURE = re.compile("^Not sure: .*the confidence threshold of 99%")


@pytest.fixture
def saved(visit, trained, server, monkeypatch):
    """The page of a run whose threshold of 99 % was set by hand; it is as before when the test is done."""
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    page = visit(f"{trained}&see=certainty")
    page.get_by_role("radio", name="By hand").click(timeout=60_000)
    slider = page.get_by_role("slider", name="Confidence threshold")
    slider.press("End")
    steps.settled(page)
    page.get_by_role("button", name="Save the threshold of 99%").click()
    expect(page.get_by_text("Saved with this run")).to_be_visible(timeout=60_000)
    yield page, page.url
    run = records.run(re.search(r"run=(\w+)", trained)[1], "local")
    decisions.keep(run, decisions.NOTHING)


def test_it_is_set_reloaded_and_obeyed_by_try_demo_and_a_demo_without_a_server(saved, visit, browser, tmp_path):
    page, address = saved
    page.close()
    again = visit(address[address.index("/", 9) :])
    expect(again.get_by_text("set by hand")).to_be_visible(timeout=60_000)
    expect(again.get_by_text(re.compile("^Confidence threshold 99%: “not sure” for")).first).to_be_visible()
    again.get_by_role("button", name="Example 1", exact=True).click()
    verdict = again.locator(".cb-try-verdict")
    expect(verdict).to_have_text(UNSURE, timeout=60_000)

    again.get_by_text("Private demo link").first.click()
    steps.settled(again)
    again.get_by_text("Share test pictures").click()
    link = steps.link(again)
    demo = visit(link[link.index("/demo") :])
    expect(demo.get_by_text(re.compile("“not sure” for .* test examples")).first).to_be_visible(timeout=60_000)
    demo.get_by_role("button", name="Example 1", exact=True).click()
    expect(demo.locator(".cb-try-verdict")).to_have_text(UNSURE, timeout=60_000)

    if not library.is_there() and not shutil.which("npm"):
        return
    run = records.run(re.search(r"run=(\w+)", address)[1], "local")
    folder = static_demos.write(run, tmp_path / "site")
    with static_demos.served(tmp_path / "site") as url:
        alone = browser.new_page(locale="en-US")
        alone.goto(f"{url}/{static_demos.PREFIX}/{folder.name}/")
        alone.get_by_role("button", name=re.compile("^Example 1")).first.click(timeout=60_000)
        expect(alone.locator(".verdict")).to_have_text(UNSURE, timeout=60_000)
        expect(alone.get_by_text(re.compile("“not sure” for")).first).to_be_visible()
        alone.close()
