"""What axe-core says of every page, light and dark; and what it cannot see: boxes in boxes, and what moves."""

from __future__ import annotations

from string import Formatter

import made_runs
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from evaluation_page import answered
from opened_pages import RESULT
from playwright.sync_api import expect

import cases
from cases.settings import as_json
from runs import paths
from runs.results import predictions
from runs.store import dataset_rows, queue, records, shares

from . import steps

SEVERE = ("serious", "critical")

# Elements with a border on all four sides that stand in another such one; fields, buttons, tables and figures are none.
NESTED = """() => {
    const boxed = (e) => {
        const [style, { width, height }] = [getComputedStyle(e), e.getBoundingClientRect()]
        return width > 160 && height > 60 && ['Top', 'Right', 'Bottom', 'Left'].every((side) =>
            parseFloat(style[`border${side}Width`]) >= 1 && style[`border${side}Style`] !== 'none' &&
            !/, 0\\)$|transparent/.test(style[`border${side}Color`]))
    }
    const found = []
    const walk = (root) => {
        for (const e of root.querySelectorAll('*')) {
            if (e.shadowRoot) walk(e.shadowRoot)
            if (!e.matches('input, textarea, button, table *, canvas, svg *, [role=grid] *') && boxed(e)) found.push(e)
        }
    }
    walk(document)
    const up = (e) => e.parentElement ?? e.getRootNode().host
    const inside = (e) => {
        for (let around = up(e); around; around = up(around)) if (found.includes(around)) return true
        return false
    }
    return found.filter(inside).map((e) => e.outerHTML.slice(0, 200))
}"""

# What takes longer than a moment to change, in components too.
MOVING = """() => {
    const found = []
    const walk = (root) => {
        for (const e of root.querySelectorAll('*')) {
            if (e.shadowRoot) walk(e.shadowRoot)
            const { transitionDuration, animationName, animationDuration } = getComputedStyle(e)
            const longest = (times) => Math.max(...times.split(',').map(parseFloat))
            const animated = animationName !== 'none' && longest(animationDuration) > 0.01
            if (longest(transitionDuration) > 0.01 || animated) found.push(e.outerHTML.slice(0, 120))
        }
    }
    walk(document)
    return found
}"""

EVALUATION = ".st-key-section_5"  # the one part in which the views of a result differ
STATES = {  # what stands in braces is a fixture
    "home": "/", "runs": "/runs", "pictures, empty": "/image_recognition", "items, empty": "/recommendation",
    "pictures, checked": "{data}", "pictures, result": "{trained}", "pictures, labels": "{trained}&see=labels",
    "pictures, classes": "{trained}&see=classes&cell=1-1", "texts, checked": "/text_analysis?data={texts.dataset}",
    "texts, result": "/text_analysis?run={texts.id}", "transcripts, result": "/speech?run={written_run.id}",
    "demo": "/demo?t={demo}",
}  # fmt: skip

# Code is alike everywhere, and its thousands of coloured words take long to look at.
UNFOLD = """([within, code]) => document.querySelectorAll(`${within} details:not([open]) > summary`).forEach((each) => {
    if (code || !each.closest('[class*="st-key-code_"]')) each.click()
})"""
CODED = ("texts, checked",)
# What colours code is loaded when the first code is shown; until then it stands there without a frame.
COLOURED = "() => [...document.querySelectorAll('pre')].every((one) => one.closest('[data-testid=stCode]'))"
STILL = ("pictures, empty", "pictures, result", "texts, result")  # opened by who asked for less motion


def severe(page, within=None, *, rules=None):
    """What is seriously wrong on the page, or in this part of it; `rules`: a tag of those that are asked for. Looks
    again where anything was found: what is being drawn anew is pale for that moment."""
    found = _violations(page, within, rules)
    if found:
        steps.drawn(page)
        again = _violations(page, within, rules)
        found = [one for one in found if one in again]
    return found


def _violations(page, within, rules):
    options = {"resultTypes": ["violations"], "preload": False,
               **({"runOnly": {"type": "tag", "values": [rules]}} if rules else {})}  # fmt: skip
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [(one["id"], node["html"][:200]) for one in found if one["impact"] in SEVERE for node in one["nodes"]]


def is_accessible(page, within=None):
    """In the colours of the day and of the night."""
    assert severe(page, within) == []
    assert page.evaluate(NESTED) == []
    page.emulate_media(color_scheme="dark")  # the page stays, its colours change
    expect(page.locator(".stApp")).to_have_css("color-scheme", "dark")
    steps.drawn(page)
    assert severe(page, within, rules="cat.color") == []
    assert page.evaluate(NESTED) == []


def unfold(page, within="body", *, code=False):
    """What is folded away there."""
    steps.drawn(page)
    page.evaluate(UNFOLD, [within, code])
    page.wait_for_function(COLOURED)
    steps.drawn(page)


@pytest.fixture(scope="module")
def texts(server):
    """A run on texts that is done, and data that are as small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        dataset = made_runs.texts(None, None, None)
        dataset_rows.add("local", "d1", "text_analysis", dataset.name, sample=False)
        chosen, labels = as_json(cases.get("text_analysis").Settings()), np.repeat([0, 1, 2], 10)
        run = records.create_run("local", "fine_tune", "text_analysis", "texts", status="running", dataset="d1",
                                 settings=chosen, edits={})  # fmt: skip
        answered(dataset.classes, labels, np.roll(labels, 3), 0.9).save(paths.run(run) / predictions.FOLDER)
        queue.claim_here(run)
        queue.end(run, "done", result={**RESULT, "settings": chosen, "model": chosen["model"]})
        return records.run(run, "local")


@pytest.fixture(scope="module")
def demo(server, trained):
    """The token of a link to a demo with its examples."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        return shares.create(records.run(trained.rpartition("run=")[2], "local"), days=1, examples=True)


@pytest.mark.parametrize("state", STATES)
def test_nothing_severe_is_found_and_nothing_moves_for_who_asked_for_that(visit, request, state):
    fixtures = [name.partition(".")[0] for _text, name, *_ in Formatter().parse(STATES[state]) if name]
    address = STATES[state].format(**{name: request.getfixturevalue(name) for name in fixtures})
    motion = "reduce" if state in STILL else "no-preference"
    page = visit(address, color_scheme="light", reduced_motion=motion)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    within = EVALUATION if "&see=" in address else None  # of views of one result, what differs
    unfold(page, within or "body", code=state in CODED)
    if state in STILL:
        assert page.evaluate(MOVING) == []
    is_accessible(page, within)


def test_where_the_keyboard_is_can_be_seen_and_a_dialog_has_the_colours_of_its_theme_and_red_for_what_cannot_be_undone(
    visit, trained
):
    page = visit(trained, color_scheme="dark")
    expect(page.get_by_role("heading", name="6 · Try")).to_be_visible()
    steps.drawn(page)
    buttons = (page.get_by_role("radio", name="Classes"), page.get_by_role("button", name="Choose a picture"))
    for place in (*buttons, page.locator("summary").first, page.locator(".cb-try [data-row]").first):
        place.focus()
        page.keyboard.press("Shift+Tab")  # so that the browser knows that it is the keyboard
        page.keyboard.press("Tab")
        width = page.evaluate("""() => {
            let focused = document.activeElement
            while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement
            const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused)
            return outlineStyle === 'none' ? (boxShadow === 'none' ? 0 : 1) : parseFloat(outlineWidth)
        }""")
        assert width >= 1, place
    page.get_by_role("button", name="Delete run", exact=True).click()
    really = page.get_by_role("dialog").get_by_role("button", name="Delete permanently")
    expect(really).to_have_css("color", "rgb(249, 165, 168)")
    steps.settled(page)
    assert severe(page, "[role=dialog]") == []
