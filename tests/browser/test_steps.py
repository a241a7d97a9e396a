"""The header that stays at the top, the rail of the steps and their keys; and the whole way without a mouse."""

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
    expect(page.get_by_role("heading", name="5 · Evaluate")).to_be_visible()
    steps.settled(page)
    return page


BEGINS = """() => {
    const seen = (place) => [...document.querySelectorAll(place)].filter((one) => one.checkVisibility())
    const [main] = seen('[data-testid=stMainBlockContainer]')
    const edge = main.getBoundingClientRect().left + parseFloat(getComputedStyle(main).paddingLeft)
    const places = ['.stMain h1', '.stMain h2', '.cb-rail li:first-child .cb-rail-mark', '.stMain summary > span',
        '.stMain [data-testid=stButtonGroup]', '.cb-hero']
    return places.flatMap((place) => seen(place).map((one) => [place, one.getBoundingClientRect().left - edge]))
}"""


LATER = """() => {
    document.querySelector('.stMain').style.overflowAnchor = 'none' // browsers do not always keep what is read in place
    window.grow = () => document.querySelector('.st-key-section_1').append(
        Object.assign(document.createElement('div'), { style: 'height: 200px', className: 'later' }))
    addEventListener('keydown', () => setTimeout(grow, 1500), { once: true })
}"""


def test_a_finished_run_opens_with_its_result_in_line_with_all_else_and_a_reload_comes_back_to_the_same_place(result):
    for number, line in enumerate(FOLDED):
        expect(folds(result).nth(number)).to_contain_text(re.compile(line))
    expect(result.locator(".cb-hero-value")).to_be_in_viewport()
    expect(result.locator(".st-key-run_header_line")).to_contain_text(re.compile(r"Accuracy \d+\.\d%"))
    assert place(result) == 0
    states = rail(result).evaluate_all("steps => steps.map((step) => step.dataset.state)")
    assert states[:6] == ["done"] * 5 + ["next"] and states[6] in ("next", "done")  # done once somebody made a link
    expect(result.get_by_role("heading", level=1)).to_have_count(1)
    steps.still(result)
    assert [(place, off) for place, off in result.evaluate(BEGINS) if abs(off) > 0.5] == []

    result.get_by_role("button", name="Share", exact=True).click()
    expect(result.get_by_role("link", name="Download the model")).to_be_in_viewport()
    steps.still(result)
    before = place(result)
    assert before > 300
    result.reload()
    expect(result.get_by_role("link", name="Download the model")).to_be_in_viewport()
    expect(result.get_by_role("button", name="Create link")).to_be_visible()  # opened again
    steps.drawn(result)
    steps.comes(result, lambda: place(result), lambda now: now == pytest.approx(before, abs=4))


def test_clicks_and_keys_lead_to_a_step_unless_one_types_or_they_are_off_and_what_comes_later_pushes_nothing(result):
    rail(result).nth(2).get_by_role("button").click()
    expect(result.get_by_role("button", name="Start fine-tuning")).to_be_visible()
    steps.settled(result)
    field = result.get_by_label("Epochs", exact=True)
    field.fill("")
    field.press("7")
    steps.still(result)
    expect(field).to_have_value("7")
    expect(field).to_be_in_viewport()
    field.press("Escape")
    result.get_by_role("button", name="Keys 1–7 open the steps").click()
    expect(result.get_by_role("button", name="Keys 1–7 are off")).to_be_visible()
    result.keyboard.press("7")
    steps.still(result)
    expect(field).to_be_in_viewport()
    result.get_by_role("button", name="Keys 1–7 are off").click()
    result.keyboard.press("7")
    expect(result.get_by_role("link", name="Download the model")).to_be_in_viewport()

    steps.settled(result)
    result.keyboard.press("4")
    expect(result.locator(".cb-live .main-svg").first).to_be_visible()
    steps.still(result)
    bar = result.locator(".st-key-run_header").bounding_box()
    assert bar["y"] == pytest.approx(0, abs=1)  # it stays at the top
    end = bar["y"] + bar["height"]  # what stands above the section may come later, and it follows
    steps.comes(result, result.locator(".st-key-section_4").bounding_box, lambda shown: end <= shown["y"] + 1 < 300)

    top = lambda: result.locator(".st-key-section_5").bounding_box()["y"]  # noqa: E731
    result.evaluate(LATER)
    result.keyboard.press("5")
    expect(result.locator(".later")).to_have_count(1)
    steps.still(result)
    steps.comes(result, top, lambda y: bar["height"] <= y + 1 < bar["height"] + 32)
    result.mouse.wheel(0, 100)
    steps.still(result)
    before = top()
    result.evaluate("grow()")
    steps.still(result)
    assert top() > before + 199


MOST = 60  # presses of Tab; a page with more in front of what one wants is not usable
FOCUSED = """() => {
  let at = document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  if (!at?.matches('a, button, summary')) return '' // the page itself can have the focus, and all its text
  return (at.getAttribute('aria-label') || at.innerText).trim()
}"""


def reach(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if name in page.evaluate(FOCUSED):
            return
    raise AssertionError(f"{name!r} is not reached by {MOST} presses of Tab")


def test_the_keyboard_alone_leads_from_a_sample_to_an_answer_and_the_model_and_a_reload_to_the_same_place(visit):
    page = visit("/image_recognition")
    expect(page.get_by_role("button", name="Try it with handwritten digits")).to_be_visible()
    steps.settled(page)
    reach(page, "Try it with handwritten digits")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    steps.settled(page)
    reach(page, "Start")
    page.keyboard.press("Enter")
    result = page.get_by_role("heading", name="5 · Evaluate")
    expect(result).to_be_in_viewport(timeout=180_000)
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible()
    steps.drawn(page)
    before = result.bounding_box()["y"]
    page.reload()  # the steps before are folded now
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible()
    steps.drawn(page)
    steps.comes(page, lambda: result.bounding_box()["y"], lambda y: y == pytest.approx(before, abs=40))

    expect(page.locator(".cb-rail-button")).to_have_count(7)
    page.keyboard.press("6")
    expect(page.get_by_role("heading", name="6 · Try")).to_be_in_viewport()
    reach(page, "Example 1")
    page.keyboard.press("Enter")
    expect(page.locator(".cb-try-answer li")).to_have_count(5)
    page.keyboard.press("7")
    reach(page, "Download the model")
    with page.expect_download():
        page.keyboard.press("Enter")
