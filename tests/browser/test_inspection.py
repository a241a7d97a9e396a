"""Look inside, beside a result: an example as the network gets it, what a layer computes, and one gradient step."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from . import steps

LOSS = re.compile(r"Loss of this example: ([\d.e-]+) before the step, ([\d.e-]+) after it")


def test_an_example_is_followed_through_the_network_of_its_run_and_a_step_is_told_in_numbers(visit, trained):
    page = visit(f"{trained}&see=classes&item=3")
    closer = page.get_by_test_id("stDialog")
    expect(closer.get_by_text("Look inside the network")).to_be_visible(timeout=60_000)
    steps.settled(page)
    closer.get_by_text("Look inside the network").click()
    picture = closer.locator(".cb-inside img").first
    expect(picture).to_be_visible(timeout=90_000)
    steps.comes(page, lambda: picture.evaluate("({ naturalWidth }) => naturalWidth"), lambda width: width > 0)
    steps.see(page, "Feature vector")
    expect(closer.get_by_text(re.compile(r"^[\d,]+ numbers · norm"))).to_be_visible()
    expect(closer.locator(".cb-plot-box .bars path").first).to_be_attached()
    steps.see(page, "Layer outputs")
    expect(closer.get_by_text(re.compile(r"strongest of \d+ feature maps"))).to_be_visible()
    steps.see(page, "Gradient step")
    before, after = told(closer)
    bars = closer.locator(".cb-plot-box .bars path")
    expect(bars.first).to_be_attached()
    fills = bars.evaluate_all("(bars) => bars.map((bar) => getComputedStyle(bar).fill)")
    assert len({*fills}) == 2 and "rgb(0, 0, 0)" not in fills  # what is frozen, and what learns
    assert after != before
    closer.get_by_role("slider").press("ArrowLeft")
    steps.settled(page)
    steps.comes(page, lambda: told(closer), lambda now: now[0] == before and now[1] != after)
    steps.fits_the_window(page)


def told(closer):
    """The loss of the example before and after the step."""
    sentence = closer.get_by_text("Loss of this example")
    expect(sentence).to_be_visible()
    return [float(number) for number in LOSS.search(sentence.inner_text()).groups()]
