"""How soon a model answers whoever tries it: from the last key to the label and to the coloured words; from a pick of
something one likes to the new list.

    python -m benchmarks.answers --out

Measured in Chromium on the real app, with the packaged multilingual-e5-small: a head on the sample of Chinese reviews
is asked about texts in both languages, and a recommender learns two epochs of the sample of films. A time runs until
the frame is painted in which the answer stands; the pause that a typist is left counts too. The first answer of each
kind, for which a process starts and the model is loaded, is told by itself.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

import cases
from benchmarks import table
from benchmarks.app_process import App, running, train, until_idle
from benchmarks.browser import chromium, settled, since_click

LABEL, WORDS, LIST = 0.5, 3.0, 1.0  # bars: seconds
TEXTS = (
    "这家店的牛肉面很好吃，送得也快", "The soup was cold and the rice was late", "包装漏了，汤洒了一地，非常失望",
    "Lovely little place, I will order again", "味道一般，价格偏高，不过服务态度很好",
    "Two hours of waiting for a burger that was burnt", "分量足，孩子很喜欢，推荐给大家",
)  # fmt: skip
FILMS = ("Star Wars", "Fargo", "Contact", "Toy Story", "GoldenEye", "Copycat", "Get Shorty")
KEYS = """for (const kind of ['keydown', 'input']) {  // Chinese comes without keys
  addEventListener(kind, () => { performance.mark('click') }, true)
}"""
ANSWERED = """window.textOf = (selector, root = document) => {
  for (const one of root.querySelectorAll('*')) {
    if (one.matches(selector)) return one
    const found = one.shadowRoot && window.textOf(selector, one.shadowRoot)
    if (found) return found
  }
  return null
}
window.labelled = (before) => {
  const list = window.textOf('.cb-try-answer ol, .cb-try-answer ul')
  return !!list && list.textContent !== '' && list.textContent !== before
}
window.shares = () => window.textOf('.cb-try-answer ol, .cb-try-answer ul')?.textContent ?? ''
window.coloured = (text) => {
  const words = window.textOf('.cb-words-text')
  return !!words && words.textContent.replaceAll(/\\s/g, '') === text.replaceAll(/\\s/g, '')
}
window.listed = () => window.textOf('.cb-cards-items')?.textContent ?? ''
"""


def sample(app: App, case: str, name: str) -> str:
    """The id of the data set that a sample of this case becomes."""
    one = next(one for one in cases.get(case).samples if one.name == name)
    with TemporaryDirectory() as folder:
        return app.bring(one.write(Path(folder)).path, case)


def typed(page: Page) -> tuple[list[float], list[float]]:
    """Seconds to the label and to the words, of each text."""
    field, labels, words = page.get_by_role("textbox", name="Type or paste a text"), [], []
    for text in TEXTS:
        field.fill("")
        page.wait_for_timeout(600)
        before = page.evaluate("shares()")
        field.press_sequentially(text, delay=20)
        labels.append(since_click(page, f"labelled({before!r})"))
        words.append(since_click(page, f"coloured({text!r})"))
        settled(page)
    return labels, words


def picked(page: Page) -> list[float]:
    """Seconds to the new list, of each film."""
    field, took = page.get_by_role("combobox", name="Items you like"), []
    for film in FILMS:
        field.scroll_into_view_if_needed()
        page.wait_for_timeout(1500)  # what grows below would close the titles on offer
        page.evaluate("window.before = listed()")
        field.click()
        field.fill(film)
        page.get_by_role("option", name=film, exact=True).first.wait_for()
        field.press("Enter")  # the first on offer
        took.append(since_click(page, "listed() !== '' && listed() !== window.before"))
        settled(page)
    return took


def measure(app: App, case: str, run: str, look: Callable[[Page], object]) -> object:
    address = f"http://127.0.0.1:{app.port}/{case}?run={run}&lang=en"
    with chromium(address, script=f"{KEYS}\n{ANSWERED}", height=1400) as page:
        page.get_by_role("heading", name="6 · Try").wait_for(timeout=60_000)
        settled(page)
        return look(page)


def main() -> None:
    parser = table.options(__doc__, "answers")
    parser.add_argument("--cache", type=Path, help="models that were unpacked before")
    args = parser.parse_args()
    with running() as app:
        if args.cache:
            shutil.copytree(args.cache, Path(os.environ["CASEBOOK_HOME"]) / "cache/models", dirs_exist_ok=True)
        reviews = train(sample(app, "text_analysis", "zh"), "text_analysis")
        films = train(sample(app, "recommendation", "films"), "recommendation", epochs=1 if args.quick else 2)
        until_idle(limit=1200)
        labels, words = measure(app, "text_analysis", reviews, typed)
        lists = measure(app, "recommendation", films, picked)
    told = {"last key to label": (labels, LABEL), "last key to coloured words": (words, WORDS),
            "a pick to the new list": (lists, LIST)}  # fmt: skip
    rows = [
        [name, took[0], median(took[1:]), max(took[1:]), bar, table.verdict(max(took[1:]), bar, quick=args.quick)]
        for name, (took, bar) in told.items()
    ]
    table.show(["seconds", "the first", "median", "worst", "bar", "worst against bar"], rows)
    table.write(args.out, seconds={name: {"took": took, "bar": bar} for name, (took, bar) in told.items()})


if __name__ == "__main__":
    main()
