"""The header that stays at the top: the rail of the steps, the next action, and where the reader is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from . import steps

FOLDED = [r"1 · Data.*120 examples · 10 classes", r"2 · Check.*120 examples", r"3 · Model.*Head only", r"4 · Fine-tune"]


def folds(page: Page):
    return page.locator('[data-testid="stExpander"] summary').filter(has_text=re.compile(r"^\W*\d · |\d · "))


def rail(page: Page):
    return page.get_by_role("navigation", name="Steps").get_by_role("listitem")


def place(page: Page) -> int:
    return page.evaluate("Math.round(document.querySelector('[data-testid=stMain]').scrollTop)")


@pytest.fixture
def result(visit, trained):
    page = visit(trained)
    expect(page.get_by_role("heading", name="5 · Evaluate")).to_be_visible(timeout=30_000)
    steps.settled(page)
    return page


def test_a_finished_run_opens_with_its_result_and_one_line_for_each_step_before(result):
    for number, line in enumerate(FOLDED):
        expect(folds(result).nth(number)).to_contain_text(re.compile(line))
    expect(result.locator(".cb-hero-value")).to_be_in_viewport()
    expect(result.locator(".st-key-run_header_line")).to_contain_text(re.compile(r"Accuracy \d+\.\d%"))
    assert place(result) == 0
    states = rail(result).evaluate_all("steps => steps.map((step) => step.dataset.state)")
    assert states[:6] == ["done"] * 5 + ["next"] and states[6] in ("next", "done")  # done once somebody made a link
    expect(result.get_by_role("heading", level=1)).to_have_count(1)


BEGINS = """() => {
    const seen = (place) => [...document.querySelectorAll(place)].filter((one) => one.checkVisibility())
    const [main] = seen('[data-testid=stMainBlockContainer]')
    const edge = main.getBoundingClientRect().left + parseFloat(getComputedStyle(main).paddingLeft)
    const places = ['.stMain h1', '.stMain h2', '.cb-rail li:first-child .cb-rail-mark', '.stMain summary > span',
        '.stMain [data-testid=stButtonGroup]', '.cb-hero']
    return places.flatMap((place) => seen(place).map((one) => [place, one.getBoundingClientRect().left - edge]))
}"""


def test_title_rail_headings_folds_and_choices_begin_on_one_line(result):
    steps.still(result)
    assert [(place, off) for place, off in result.evaluate(BEGINS) if abs(off) > 0.5] == []


def test_a_click_or_a_key_leads_to_a_step_and_opens_it(result):
    rail(result).nth(2).get_by_role("button").click()
    expect(result.get_by_role("button", name="Start fine-tuning")).to_be_visible(timeout=30_000)
    steps.settled(result)
    result.locator("h1").click()
    result.keyboard.press("4")
    expect(result.locator(".cb-live .main-svg").first).to_be_visible(timeout=30_000)
    steps.still(result)
    bar = result.locator(".st-key-run_header").bounding_box()
    assert bar["y"] == pytest.approx(0, abs=1)  # it stays at the top
    end = bar["y"] + bar["height"]  # what stands above the section may come later, and it follows
    steps.comes(result, result.locator(".st-key-section_4").bounding_box, lambda shown: end <= shown["y"] + 1 < 300)


LATER = """() => {
    document.querySelector('.stMain').style.overflowAnchor = 'none' // browsers do not always keep what is read in place
    window.grow = () => document.querySelector('.st-key-section_1').append(
        Object.assign(document.createElement('div'), { style: 'height: 200px', className: 'later' }))
    addEventListener('keydown', () => setTimeout(grow, 1500), { once: true })
}"""


def test_what_comes_above_a_step_later_does_not_push_it_away_until_the_reader_scrolls(result):
    top = lambda: result.locator(".st-key-section_5").bounding_box()["y"]  # noqa: E731
    expect(rail(result)).to_have_count(7)
    result.evaluate(LATER)
    result.locator("h1").click()
    result.keyboard.press("5")
    expect(result.locator(".later")).to_have_count(1)
    steps.still(result)
    bar = result.locator(".st-key-run_header").bounding_box()
    steps.comes(result, top, lambda y: bar["height"] <= y + 1 < bar["height"] + 32)
    result.mouse.wheel(0, 100)
    steps.still(result)
    before = top()
    result.evaluate("grow()")
    steps.still(result)
    assert top() > before + 199


def test_the_keys_are_off_while_one_types_and_can_be_switched_off(result):
    rail(result).nth(2).get_by_role("button").click()
    expect(result.get_by_role("button", name="Start fine-tuning")).to_be_visible(timeout=30_000)
    steps.settled(result)
    field = result.get_by_label("Epochs", exact=True)
    field.fill("")
    field.press("7")
    steps.still(result)
    expect(field).to_have_value("7")
    expect(field).to_be_in_viewport()
    field.press("Escape")
    switch = result.get_by_role("button", name="Keys 1–7 open the steps")
    switch.click()
    expect(result.get_by_role("button", name="Keys 1–7 are off")).to_be_visible()
    result.keyboard.press("7")
    steps.still(result)
    expect(field).to_be_in_viewport()
    result.get_by_role("button", name="Keys 1–7 are off").click()
    result.keyboard.press("7")
    expect(result.get_by_role("link", name="Download the model")).to_be_in_viewport()


def test_the_next_action_leads_to_sharing_and_a_reload_comes_back_to_the_same_place(result):
    result.get_by_role("button", name="Share", exact=True).click()
    expect(result.get_by_role("link", name="Download the model")).to_be_in_viewport()
    steps.still(result)
    before = place(result)
    assert before > 300
    result.reload()
    expect(result.get_by_role("link", name="Download the model")).to_be_in_viewport(timeout=30_000)
    expect(result.get_by_role("button", name="Create link")).to_be_visible(
        timeout=30_000
    )  # it was opened, and is again
    steps.settled(result)
    steps.still(result)
    assert place(result) == pytest.approx(before, abs=4)


def test_a_reload_right_after_training_comes_back_to_the_result_although_the_steps_are_folded_now(visit, data):
    page = visit(data)
    page.get_by_role("button", name="Start", exact=True).click()
    result = page.get_by_role("heading", name="5 · Evaluate")
    expect(result).to_be_in_viewport(timeout=120_000)
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible(timeout=60_000)
    steps.still(page)
    before = result.bounding_box()["y"]
    page.reload()
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible()
    steps.still(page)
    steps.comes(page, lambda: result.bounding_box()["y"], lambda y: y == pytest.approx(before, abs=40))


def test_the_way_back_is_one_step_at_a_time(visit, data):
    page = visit(data)
    page.get_by_role("button", name="Start fine-tuning").click(timeout=60_000)
    steps.address(page, "run")
    page.wait_for_url(lambda url: "data=" not in url, wait_until="commit")
    page.go_back()
    expect(page.get_by_role("button", name="Start fine-tuning")).to_be_visible(timeout=30_000)
    page.wait_for_url(lambda url: "run=" not in url and "data=" in url, wait_until="commit")
    steps.settled(page)
    page.go_forward()
    expect(page.get_by_role("button", name="Delete run")).to_be_visible(timeout=30_000)  # live or done
