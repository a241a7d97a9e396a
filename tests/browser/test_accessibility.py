"""What axe-core says of every page, light and dark; and what it cannot see: boxes in boxes, and what moves."""

from __future__ import annotations

import time

import made_items
import made_texts
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from models.progress import QUIET
from runs.jobs import data_import
from runs.store import dataset_rows, records, shares

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
STATES = {
    "home": "/", "runs": "/runs",
    **{f"{name}, empty": f"/{name}" for name in ("image_recognition", "recommendation")},  # the others have their forms
    "pictures, checked": "data", "pictures, result": "trained", "pictures, classes": "trained&see=classes&cell=1-1",
    "pictures, labels": "trained&see=labels",
    "texts, checked": "texts_checked", "texts, result": "texts_run",
    "transcripts, result": "spoken_run", "items, result": "items_run",
    "demo": "demo",
}  # fmt: skip

# Code is alike everywhere, and its thousands of coloured words take long to look at.
UNFOLD = """([within, code]) => document.querySelectorAll(`${within} details:not([open]) > summary`).forEach((each) => {
    if (code || !each.closest('[class*="st-key-code_"]')) each.click()
})"""
CODED = ("texts, checked",)
# What colours code is loaded when the first code is shown; until then it stands there without a frame.
COLOURED = "() => [...document.querySelectorAll('pre')].every((one) => one.closest('[data-testid=stCode]'))"
STILL = ("image_recognition, empty", "pictures, result", "texts, result")  # opened by who asked for less motion


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
    options = {"resultTypes": ["violations"], **({"runOnly": {"type": "tag", "values": [rules]}} if rules else {})}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [(one["id"], node["html"][:200]) for one in found if one["impact"] in SEVERE for node in one["nodes"]]


def learnt(server, case, name, files, **chosen):
    """A run that the app has trained on these files, data set `name`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        data_import.into_dataset(case, [UploadedFile(path, path.name) for path in files], name, QUIET)
        dataset_rows.add("local", name, case, name, sample=False)
        made = records.create_run("local", "fine_tune", case, name, dataset=name,
                                  settings=as_json(cases.get(case).Settings(**chosen)), edits={})  # fmt: skip
        end = time.monotonic() + 240
        while not records.run(made, "local").ended_already and time.monotonic() < end:
            time.sleep(0.2)
        done = records.run(made, "local")
        assert done.status == "done", done.error
        return done


@pytest.fixture(scope="module")
def texts(server, text_body, tmp_path_factory):
    path = tmp_path_factory.mktemp("looked") / "texts.csv"
    path.write_text(made_texts.table(240), "utf-8")
    return learnt(server, "text_analysis", "looked-texts", [path], model=str(text_body), precision="fp32", epochs=4)


@pytest.fixture(scope="module")
def items(server, text_body, tmp_path_factory):
    folder = tmp_path_factory.mktemp("looked")
    paths = [folder / "ratings.csv", folder / "books.csv"]
    for path, content in zip(paths, made_items.tables(), strict=True):
        path.write_text(content, "utf-8")
    return learnt(server, "recommendation", "looked-items", paths, model=str(text_body), **made_items.QUICK)


@pytest.fixture(scope="module")
def texts_run(texts):
    return f"/text_analysis?run={texts.id}"


@pytest.fixture(scope="module")
def texts_checked(texts):
    return f"/text_analysis?data={texts.dataset}"


@pytest.fixture(scope="module")
def items_run(items):
    return f"/recommendation?run={items.id}"


@pytest.fixture(scope="module")
def spoken_run(written_run):
    return f"/speech?run={written_run.id}"


@pytest.fixture(scope="module")
def demo(server, texts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        return f"/demo?t={shares.create(texts, days=1, examples=True)}"


@pytest.fixture
def unfolded(visit, request):
    """A page in one of the states, with all that it folds away; of views of one result, with what differs."""

    def opening(state, **more):
        made, _and, view = STATES[state].partition("&")
        address = made if made.startswith("/") else request.getfixturevalue(made)
        page = visit(f"{address}&{view}" if view else address, **more)
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
        steps.drawn(page)
        page.evaluate(UNFOLD, [EVALUATION if view.startswith("see=") else "body", state in CODED])
        page.wait_for_function(COLOURED)
        steps.drawn(page)
        return page

    return opening


@pytest.mark.parametrize("state", STATES)
def test_nothing_severe_is_found_and_nothing_moves_for_who_asked_for_that(unfolded, state):
    motion = "reduce" if state in STILL else "no-preference"
    page = unfolded(state, color_scheme="light", reduced_motion=motion)
    within = EVALUATION if "&see=" in STATES[state] else None
    if state in STILL:
        assert page.evaluate(MOVING) == []
    assert severe(page, within) == []
    assert page.evaluate(NESTED) == []
    page.emulate_media(color_scheme="dark")  # the page stays, its colours change
    expect(page.locator(".stApp")).to_have_css("color-scheme", "dark")
    steps.drawn(page)
    assert severe(page, within, rules="cat.color") == []
    assert page.evaluate(NESTED) == []


def test_a_dialog_has_the_colours_of_its_theme_and_what_cannot_be_undone_is_red(visit, texts_run):
    page = visit(texts_run, color_scheme="dark")
    page.get_by_role("button", name="Delete run", exact=True).click(timeout=60_000)
    really = page.get_by_role("dialog").get_by_role("button", name="Delete permanently")
    expect(really).to_have_css("color", "rgb(249, 165, 168)")
    steps.settled(page)
    assert severe(page) == []


def test_where_the_keyboard_is_can_be_seen(visit, trained):
    page = visit(trained)
    expect(page.get_by_role("heading", name="6 · Try")).to_be_visible(timeout=30_000)
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
