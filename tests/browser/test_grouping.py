"""Texts without labels in a browser: groups are found, named, and become a data set."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from . import steps


def lines(pattern, whats, hows):
    return [pattern.format(what, how) for what in whats.split() for how in hows.split()]


# Of words that the small network knows, but for the phones: all their words are one to it.
PLACES = lines("the food at this place was {} and {} today", "good fine lovely warm very", "so it is a")
MANNERS = lines("bad and rude and {}, so cold and late {}", "the it was is", "today very a so was")
PHONES = lines("my phone {} has a battery that lasts {} days", "screen camera case charger cable", "two ten six few")
EVERY = [line for turn in zip(PLACES, MANNERS, PHONES, strict=True) for line in turn]


@pytest.fixture(scope="module")
def grouped(browser, server, tmp_path_factory):
    """The address of three groups of unlabelled lines."""
    path = tmp_path_factory.mktemp("lines") / "lines.txt"
    path.write_text("\n".join(EVERY), "utf-8")
    page = browser.new_page(locale="en-US")
    page.goto(f"{server.url}/text_analysis")
    page.get_by_text("Unlabelled texts: cluster first").click()
    zone = page.locator(".cb-upload", has_text="Drop unlabelled texts here")  # its script has written that
    zone.locator("input[type=file]:not([webkitdirectory])").set_input_files(path)
    address = steps.address(page, "groups")
    expect(page.get_by_role("button", name="Use as labels")).to_be_visible(timeout=240_000)
    page.close()
    return address


def test_lines_become_groups_names_and_a_data_set(visit, grouped):
    page = visit(grouped)
    fields = page.get_by_label(re.compile(r"^Name of cluster \d+$"))
    expect(fields).to_have_count(3)
    steps.settled(page)
    values = steps.comes(page, lambda: [field.input_value() for field in fields.all()], all)
    proposed = {frozenset(value.split(" · ")) for value in values}
    about = (
        {"food", "good", "fine", "lovely", "place", "warm"},
        {"bad", "cold", "late", "rude"},
        {"battery", "days", "lasts", "phone"},
    )
    told = [[len(name & words) > 1 for words in about] for name in proposed]
    assert sorted(told) == [[False, False, True], [False, True, False], [True, False, False]], proposed
    for number, name in enumerate(("places", "stories", "")):
        fields.nth(number).fill(name)
        fields.nth(number).press("Enter")
        expect(fields.nth(number)).to_have_value(name)
        steps.settled(page)
    expect(page.get_by_text("40 of 60 texts, 2 labels")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name of cluster 2")).to_have_value("stories")
    steps.settled(page)
    page.get_by_role("button", name="Use as labels").click()
    steps.address(page, "data")
    expect(page.get_by_role("heading", name="2 · Check")).to_be_visible()
    page.wait_for_url(lambda url: "groups=" not in url, wait_until="commit")
    expect(page.get_by_text("40 examples in 2 classes").first).to_be_visible()
    expect(page.get_by_text("Labels from clusters")).to_be_visible()


def test_another_number_of_groups_is_there_at_once_stays_in_the_address_and_a_point_of_the_map_opens_its_text(
    visit, grouped
):
    page = visit(grouped)
    slider = page.get_by_role("slider")
    expect(slider).to_have_value("3")
    steps.settled(page)
    slider.press("ArrowRight")
    expect(page.get_by_label("Name of cluster 4")).to_be_visible()
    page.wait_for_url(re.compile("number=4"), wait_until="commit")
    page.reload()
    expect(page.get_by_label("Name of cluster 4")).to_be_visible()
    steps.click_point(page, page.locator(".cb-plot"))
    page.wait_for_url(re.compile(r"text=\d+"), wait_until="commit")
    text = int(re.search(r"text=(\d+)", page.url)[1])
    expect(page.get_by_text(EVERY[text], exact=True).first).to_be_visible()
