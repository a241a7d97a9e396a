"""Screens as pictures, in both languages, light and dark, wide and on a phone."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from runs.language import say

from .. import steps
from ..serving import ROOT

LOCALES = {"en": "en-US", "zh": "zh-CN"}
MAIN = "(document.querySelector('.stMain') ?? document.scrollingElement)"  # pages of accounts are none of Streamlit's
TO_THE_TOP = f"{MAIN}.scrollTo(0, 0)"
README = {"home": ("home", None), "running": ("run", "4 · Fine-tune"), "done": ("result", None),
          "text-try": ("words", "6 · Try"),
          "sound-try": ("moments", "Or choose a recording from the test set, never used in training:")}  # fmt: skip


def of(screens):
    """The test that takes them: screen → the fixture that makes its address (or the address), what is added to that,
    and what is done there, with the page and the language."""

    @pytest.mark.parametrize("width", [1280, 390])
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("language", LOCALES)
    @pytest.mark.parametrize("screen", screens)
    def test_screen(visit, request, screen, language, scheme, width):
        made, more, act = screens[screen]
        address = (made if made.startswith("/") else request.getfixturevalue(made)) + more
        page = visit(address, locale=LOCALES[language], color_scheme=scheme, width=width, is_mobile=width < 500)
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
        settled(page)
        if act:
            act(page, language)
        settled(page)
        page.wait_for_timeout(1000)  # what unfolds has unfolded
        if width == 1280 and scheme == "light" and screen in README:
            keep_for_readme(page, language, *README[screen])
        for _ in range(2):  # a page that still unfolded grows once more
            tall = page.evaluate(f"{MAIN}.scrollHeight")
            page.set_viewport_size({"width": width, "height": tall})
            page.wait_for_timeout(300)
        page.evaluate(TO_THE_TOP)
        write(page, ROOT / f"screenshots/{screen}-{language}-{scheme}-{width}.png")

    return test_screen


def settled(page):
    if page.locator(".stApp").count():
        steps.settled(page)


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
