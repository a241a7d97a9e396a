"""A threshold that is saved in the browser stays, and everything that answers says “not sure” below it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from . import steps

UNSURE = re.compile("^Not sure: .*the confidence threshold of 99%")


def test_it_is_set_reloaded_obeyed_by_try_and_demo_and_removed(visit, trained):
    page = visit(f"{trained}&see=certainty")
    page.get_by_role("radio", name="By hand").click(timeout=60_000)
    page.get_by_role("slider", name="Confidence threshold").press("End")
    steps.settled(page)
    page.get_by_role("button", name="Save the threshold of 99%").click()
    expect(page.get_by_text("Saved with this run")).to_be_visible(timeout=60_000)
    page.reload()
    expect(page.get_by_text("set by hand")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("^Confidence threshold 99%: “not sure” for")).first).to_be_visible()
    page.get_by_role("button", name="Example 1", exact=True).click()
    expect(page.locator(".cb-try-verdict")).to_have_text(UNSURE, timeout=60_000)

    steps.settled(page)
    page.get_by_text("Private demo link").first.click()
    steps.settled(page)
    page.get_by_text("Share test pictures").click()
    link = steps.link(page)
    demo = visit(link[link.index("/demo") :])
    expect(demo.get_by_text(re.compile("“not sure” for .* test examples")).first).to_be_visible(timeout=60_000)
    demo.get_by_role("button", name="Example 1", exact=True).click()
    expect(demo.locator(".cb-try-verdict")).to_have_text(UNSURE, timeout=60_000)

    page.get_by_role("button", name="Remove the threshold").click()
    expect(page.get_by_text("No threshold is saved")).to_be_visible()
