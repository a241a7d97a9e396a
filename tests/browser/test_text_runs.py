"""A run that learnt from texts, in a browser: its mistakes, the words that mattered, typing to it, and its demo."""

from __future__ import annotations

import re

import numpy as np
import pytest
from made_texts import FILLING, WORDS
from playwright.sync_api import expect

import cases

from . import bringing, steps
from .results import fits_in_every_view, likeliest, open_first_cell, predicted

CLASSES = sorted(WORDS)


@pytest.fixture(scope="module")
def run(server, text_body, tmp_path_factory):
    """A run of a small network, trained on 240 texts of which every tenth has a wrong label."""
    random, lines = np.random.default_rng(0), ["text,label"]
    for number in range(240):
        words = [*random.choice(FILLING, random.integers(3, 9)), random.choice(WORDS[CLASSES[number % 3]].split())]
        lines.append(f"{' '.join(random.permutation(words))},{CLASSES[(number + (number % 10 == 0)) % 3]}")
    table = tmp_path_factory.mktemp("texts") / "words.csv"
    table.write_text("\n".join(lines))
    return bringing.trained(server, "text_analysis", table, cases.get("text_analysis").Settings(
        model=str(text_body), precision="fp32", epochs=12, batch_size=8, final_fit="cross_validated"
    ))  # fmt: skip  # sure of what it says


@pytest.fixture
def open_run(visit, run):
    def opening(see="overview", **more):
        page = visit(f"/text_analysis?run={run.id}&see={see}", **more)
        expect(page.get_by_role("heading", name="6 · Try")).to_be_visible(timeout=30_000)
        steps.settled(page)
        return page

    return opening


def field(page):
    return page.get_by_role("textbox", name="Type or paste a text")


def pieces(page):
    return page.locator(".cb-explanation .cb-words-text span")


def test_the_label_follows_the_typing_and_the_words_that_mattered_follow_it(open_run, tmp_path):
    page = open_run()
    field(page).press_sequentially("the food was lovely")
    expect(likeliest(page)).to_contain_text("praise", timeout=30_000)
    expect(pieces(page)).to_have_text(["the ", "food ", "was ", "lovely"], timeout=60_000)
    expect(page.locator(".cb-words-table th").first).to_have_text("lovely")
    expect(page.locator(".cb-words-table td").first).to_have_text("+1.00")
    explanation = page.locator(".cb-explanation")
    expect(explanation.locator(".cb-explanation-read")).to_contain_text("Coloured words change the score")
    pieces(page).last.focus()
    expect(page.locator(".cb-words-readout")).to_have_text("lovely +1.00")
    field(page).press_sequentially(" cold cold rude")
    expect(explanation).to_have_attribute("data-stale", "")
    expect(likeliest(page)).to_contain_text("blame")
    expect(pieces(page).last).to_have_text("rude", timeout=60_000)
    expect(explanation).not_to_have_attribute("data-stale", "")

    only_the_last_of_quick_answers_is_shown(page)

    example = page.get_by_role("button", name="Example 1", exact=True)
    example.click()
    expect(page.locator(".cb-try-message")).to_contain_text("Label:", timeout=30_000)
    expect(field(page)).not_to_have_value(re.compile("it was lovely|^$"))
    told = page.locator(".cb-explanation .cb-words-text")
    expect(told).to_have_text(field(page).input_value(), timeout=60_000)  # the page has run since
    expect(example).to_have_attribute("aria-pressed", "true")
    field(page).press_sequentially(" rude")
    expect(example).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".cb-try-message")).to_have_text("")

    steps.settled(page)
    page.get_by_text("Batch prediction").click()
    (tmp_path / "new.txt").write_text("it was lovely\n=where is it\n")
    rows, _name = predicted(page, "“new.txt”: 2 predicted.", tmp_path / "new.txt")
    assert [(row["Text"], row["Prediction"]) for row in rows] == [
        ("it was lovely", "praise"), ("'=where is it", "question")
    ]  # fmt: skip


def only_the_last_of_quick_answers_is_shown(page):
    slow = []

    def hold(route):
        if slow:
            return route.continue_()
        slow.append(route)  # the first answer comes after the second
        return None

    page.route("**/api/answer*", hold)
    field(page).fill("the food was cold and rude")
    steps.comes(page, lambda: slow, bool)
    field(page).fill("it was lovely")
    expect(likeliest(page)).to_contain_text("praise", timeout=30_000)
    with page.expect_event("requestfinished", lambda request: request == slow[0].request):
        slow[0].continue_()
    steps.still(page)
    expect(likeliest(page)).to_contain_text("praise")
    page.unroute("**/api/answer*")


def test_every_view_fits_a_phone_and_a_cell_of_the_matrix_opens_its_texts_and_a_text_its_words(open_run):
    page = open_run(width=390, height=800)
    field(page).fill("it was lovely")
    expect(page.locator(".cb-words")).to_be_visible(timeout=60_000)
    fits_in_every_view(page)
    open_first_cell(page)
    first = page.locator(".cb-passage").first
    expect(first).to_contain_text("blame")
    first.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Prediction:")
    expect(page.get_by_role("dialog").locator(".cb-words")).to_have_count(1, timeout=60_000)
