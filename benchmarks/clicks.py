"""Ten thousand pictures: from a click on a class, a confusion cell or a point of the map until its pictures are seen.

    python -m benchmarks.clicks --out

Measured in Chromium, from the click to the painted frame in which every picture asked for that lies in the window is
decoded. The pictures follow the rule of `benchmarks/made_up.py`; each kind of click goes to other pictures each time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from benchmarks import made_up, table
from benchmarks.app_process import CASE, App, running, train, until_idle
from benchmarks.browser import chromium, settled, since_click

BAR, MOST = 1.0, 200  # seconds; elements of a page
CLASSES = 20
DEEP = """window.deep = (root, found = []) => {
  for (const one of root.querySelectorAll('*')) {
    if (one.tagName === 'IMG') found.push(one)
    if (one.shadowRoot) window.deep(one.shadowRoot, found)
  }
  return found
}
window.inSight = (picture) => {
  const { top, bottom, width } = picture.getBoundingClientRect()
  return width > 0 && bottom > 0 && top < innerHeight
}
const asked = (one) => one.src.includes('/api/') && !one.closest('.cb-plot-tip') // not beside the pointer
window.seen = () => window.deep(document).filter(window.inSight).filter(asked)
window.remember = () => { window.before = window.seen().map(({ src }) => src).join() }
window.drawn = () => {
  const now = window.seen()
  const whole = now.length > 0 && now.every((picture) => picture.complete && picture.naturalWidth > 0)
  return whole && now.map(({ src }) => src).join() !== window.before
}"""
BOX = "[...document.querySelectorAll('.cb-plot-box')].find((box) => box.data?.[0]?.type === '{kind}')"
ELEMENTS = "document.querySelectorAll('[data-testid=stElementContainer]').length"


def place(page: Page, kind: str, target: str) -> tuple[float, float]:
    """Where on the screen a figure of this kind has the point that `target`, JavaScript, gives in its axes."""
    box = BOX.format(kind=kind)
    page.wait_for_function(f"{box}?._fullLayout?.xaxis?._length > 0", timeout=60_000)
    page.evaluate(f"{box}.scrollIntoView({{ block: 'center' }})")
    page.wait_for_timeout(300)
    return page.evaluate(f"""() => {{
      const box = {box}, {{ xaxis, yaxis }} = box._fullLayout, {{ left, top }} = box.getBoundingClientRect()
      const [x, y] = ({target})(box)
      return [left + xaxis._offset + xaxis.d2p(x), top + yaxis._offset + yaxis.d2p(y)]
    }}""")


def clicked(page: Page, kind: str, target: str) -> float:
    across, down = place(page, kind, target)
    page.evaluate("remember()")
    page.mouse.move(across, down)
    page.wait_for_timeout(200)  # Plotly finds what is under the pointer
    page.mouse.click(across, down)
    seconds = since_click(page, "drawn()")
    settled(page)
    return seconds


def bar(turn: int) -> str:
    return f"({{ data }}) => [data[0].x[{turn}] / 2, data[0].y[{turn}]]"


def cell(turn: int) -> str:
    """The cell of the diagonal, which holds the most."""
    return f"({{ data }}) => [data[0].x?.[{turn}] ?? {turn}, data[0].y?.[{turn}] ?? {turn}]"


def point(turn: int) -> str:
    return f"({{ data }}) => [data[{turn}].x[{turn}], data[{turn}].y[{turn}]]"


def close(page: Page) -> None:
    """The dialog that a point opened."""
    page.keyboard.press("Escape")
    page.wait_for_selector('[role="dialog"]', state="detached")
    settled(page)


def measure(
    app: App, address: str, kind: str, target: Callable[[int], str], turns: int, after: Callable[[Page], None]
) -> tuple[list[float], int]:
    """Seconds of each click, and how many elements the page came to."""
    with chromium(f"http://127.0.0.1:{app.port}/{CASE}?{address}", script=DEEP, height=1400) as page:
        settled(page)
        seconds, most = [], 0
        for turn in range(turns):
            seconds.append(clicked(page, kind, target(turn)))
            most = max(most, page.evaluate(ELEMENTS))
            after(page)
    return seconds, most


def main() -> None:
    parser = table.options(__doc__, "clicks")
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=7)
    args = parser.parse_args()
    count, turns = (600, 2) if args.quick else (args.pictures, args.turns)
    with running() as app, TemporaryDirectory() as folder:
        start = time.monotonic()
        dataset = app.bring(made_up.pictures(Path(folder, "hues.zip"), count, CLASSES))
        run = train(dataset, model=str(made_up.network(Path(folder, "network"))), mode="head", epochs=3)
        until_idle()
        ready = time.monotonic() - start
        stay: Callable[[Page], None] = lambda page: None  # noqa: E731
        told = {
            "a class bar (check)": measure(app, f"data={dataset}", "bar", bar, turns, stay),
            "a confusion cell": measure(app, f"run={run}&see=classes", "heatmap", cell, turns, stay),
            "a point of the map": measure(app, f"run={run}&see=map", "scatter", point, turns, close),
        }
    rows = [
        [name, median(seconds), max(seconds), BAR, table.verdict(max(seconds), BAR, quick=args.quick), most, MOST,
         table.verdict(most, MOST, quick=args.quick)]
        for name, (seconds, most) in told.items()
    ]  # fmt: skip
    print(f"{count:,} pictures in {CLASSES} classes; read, trained and evaluated in {ready:.0f} s")
    table.show(["click to pictures, s", "median", "worst", "bar", "worst against bar", "elements", "bar", ""], rows)
    clicks = {name: {"seconds": seconds, "elements": most} for name, (seconds, most) in told.items()}
    table.write(args.out, pictures=count, classes=CLASSES, clicks=clicks, bars={"seconds": BAR, "elements": MOST})


if __name__ == "__main__":
    main()
