"""Screens as pictures, in both languages, light and dark, wide and on a phone; only with `--screenshots`."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from runs.language import say

from . import steps
from .serving import ROOT, running

LOCALES = {"en": "en-US", "zh": "zh-CN"}
MAIN = "(document.querySelector('.stMain') ?? document.scrollingElement)"  # pages of accounts are none of Streamlit's
TO_THE_TOP = f"{MAIN}.scrollTo(0, 0)"
SAMPLES = {"image_recognition": "Try it with handwritten digits", "text_analysis": "Try it with English film reviews",
           "speech": "Try it with synthetic vowels", "recommendation": "Try it with ratings of films"}  # fmt: skip
SENTENCE = {"en": "The actors are wonderful, but the story is far too long and I nearly fell asleep.",
            "zh": "演员很棒，但是故事太长，我差点睡着了。"}  # fmt: skip
README = {"home": ("home", None), "running": ("run", "4 · Fine-tune"), "done": ("result", None),
          "text-try": ("words", "6 · Try"),
          "sound-try": ("moments", "Or choose a recording from the test set, never used in training:")}  # fmt: skip


@pytest.fixture(scope="module")
def server(browser_type_launch_args, tmp_path_factory):
    """With the packaged models: what pictures show is what a person gets."""
    with running(tmp_path_factory.mktemp("server") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def address(browser, server):
    """Case → the address of its sample data, or of a run on them by the defaults; each is made once."""
    known = {}

    def of(case, what):
        if (case, what) not in known:
            page = browser.new_page(locale="en-US")
            if what == "data":
                page.goto(f"{server.url}/{case}")
                page.get_by_role("button", name=SAMPLES[case]).click()
            else:
                page.goto(server.url + of(case, "data"))
                page.get_by_role("button", name="Start fine-tuning").click()
                steps.status(page, "done", limit=400)
            known[case, what] = steps.address(page, what)
            page.close()
        return known[case, what]

    return of


@pytest.fixture(scope="module")
def running_run(browser, server, address):
    """A run that learns slowly for many minutes; others would wait for it."""
    page = browser.new_page(locale="en-US")
    page.goto(server.url + address("image_recognition", "data"))
    steps.train(page, mode="Head only", epochs=900, batch_size=1, learning_rate=0.000003)
    steps.points(page, at_least=60)
    yield steps.address(page, "run")
    page.get_by_role("button", name="Stop, keep best").click()
    steps.status(page, "stopped")


@pytest.fixture(scope="module")
def demo(browser, server, address):
    page = browser.new_page(locale="en-US")
    page.goto(server.url + address("image_recognition", "run"))
    page.get_by_text("Private demo link").first.click(timeout=30_000)
    page.get_by_text("Share test pictures").click()
    page.get_by_role("button", name="Create link").click()
    told = page.get_by_test_id("stCode").filter(has_text="demo?t=")
    expect(told).to_contain_text("/demo?t=")
    link = told.inner_text().strip()
    page.close()
    return link[link.index("/demo") :]


def press(*names):
    def act(page, language):
        for name in names:
            page.get_by_text(say(language, name), exact=True).first.click()
            steps.settled(page)

    return act


def compare(page, language):
    for number in (0, 1):
        page.locator(".cb-runs-row .cb-runs-tick").nth(number).click()
    page.get_by_role("button", name=say(language, "Compare ({n})", n=2)).click()
    page.wait_for_timeout(2000)


def open_mistake(page, _language):
    page.locator(".cb-gallery-item").first.click()
    expect(page.locator(".cb-explanation img").first).to_be_visible(timeout=60_000)


def ask(page, _language):
    page.locator("[data-row]").nth(3).click()
    expect(page.locator(".cb-try-answer li").first).to_be_visible(timeout=30_000)


def type_a_text(page, language):
    page.locator(".cb-try-write textarea").fill(SENTENCE[language])
    expect(page.locator(".cb-words")).to_be_visible(timeout=60_000)


def hear_an_example(page, language):
    page.get_by_role("button", name=say(language, "Example {n}", n=1), exact=True).click()
    expect(page.locator(".cb-explanation figure").first).to_be_visible(timeout=60_000)


def like_films(page, language):
    for title in ("Star Wars", "Toy Story"):
        box = page.get_by_role("combobox", name=say(language, "Items you like"))
        box.click()
        box.fill(title)
        page.get_by_role("option", name=title, exact=True).click()
    page.keyboard.press("Escape")
    expect(page.locator(".cb-item-card").first).to_be_visible(timeout=30_000)


# Screen → a path, a fixture, or a case and what is opened of it; what is added to the address; what is done there.
SCREENS = {
    "empty": ("/image_recognition", "", None),
    "data": (("image_recognition", "data"), "", None),
    "form": (("image_recognition", "data"), "", press("Hyperparameters")),
    "running": ("running_run", "", lambda page, _language: steps.points(page, at_least=25)),
    "done": (("image_recognition", "run"), "", None),
    "classes": (("image_recognition", "run"), "&see=classes&cell=8-8", None),
    "item": (("image_recognition", "run"), "&see=mistakes", open_mistake),
    "try": (("image_recognition", "run"), "", ask),
    "report": (("image_recognition", "run"), "", press("Model report", "Create report")),
    "demo": ("demo", "", ask),
    "text-data": (("text_analysis", "data"), "", None),
    "text-try": (("text_analysis", "run"), "", type_a_text),
    "sound-data": (("speech", "data"), "", None),
    "sound-try": (("speech", "run"), "", hear_an_example),
    "items-data": (("recommendation", "data"), "", None),
    "items-try": (("recommendation", "run"), "", like_films),
    "home": ("/", "", None),
    "runs": ("/runs", "", None),
    "compare": ("/runs", "", compare),
}  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(visit, request, address, screen, language, scheme, width):
    place, more, act = SCREENS[screen]
    if isinstance(place, tuple):
        place = address(*place)
    elif not place.startswith("/"):
        place = request.getfixturevalue(place)
    page = visit(place + more, locale=LOCALES[language], color_scheme=scheme, width=width, is_mobile=width < 500)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    steps.settled(page)
    if act:
        act(page, language)
        steps.settled(page)
    page.wait_for_timeout(1000)  # what unfolds has unfolded
    if width == 1280 and scheme == "light" and screen in README:
        keep_for_readme(page, language, *README[screen])
    for _ in range(2):  # a page that still unfolded grows once more
        tall = page.evaluate(f"{MAIN}.scrollHeight")
        page.set_viewport_size({"width": width, "height": tall})
        page.wait_for_timeout(300)
    page.evaluate(TO_THE_TOP)
    write(page, ROOT / f"screenshots/{screen}-{language}-{scheme}-{width}.png")


def keep_for_readme(page, language, name, begin):
    """From the text `begin` on, or from the top."""
    if begin:
        number, _, name_of_step = begin.rpartition(" · ")  # a step is told by its number and its name
        told = " · ".join(filter(None, [number, say(language, name_of_step)]))
        page.get_by_text(told, exact=True).first.evaluate("(line) => line.scrollIntoView()")
        page.wait_for_timeout(300)
    assert write(page, ROOT / f"docs/screenshots/{name}-{language}-light.png") < 150_000
    page.evaluate(TO_THE_TOP)


def write(page, path) -> int:
    """A picture in 256 colours; returns its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(256).save(path, optimize=True)
    return path.stat().st_size
