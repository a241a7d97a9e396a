"""Ten thousand pictures: from a click to the views of a result that had to be computed first, and how long that took.

    python -m benchmarks.evaluation_views --out
    python -m benchmarks.evaluation_views --brief --out

These are the slices, the pictures of one of them, the labels worth a second look, and the learning curve. Measured in
Chromium, from the click to the frame in which the list, the pictures or the curve are drawn. The pictures follow the
rule of `benchmarks/made_up.py`. `--brief`: only what the processor has to do for the slices, on numbers and values
drawn by chance, which a machine that is busy with other work tells too.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import Page

from benchmarks import made_up, table
from benchmarks.app_process import CASE, OWNER, App, running, train, until, until_idle
from benchmarks.browser import chromium, settled, since_click
from cases.image_recognition import traits
from models.evaluation import metrics, slices
from models.evaluation.metrics import Interval
from models.evaluation.slices import Scores
from runs.store import records

BAR = 1.0  # seconds
CLASSES = 20
DEEP = """window.deep = (root, selector) => {
  const found = root.querySelector(selector)
  if (found) return found
  for (const one of root.querySelectorAll('*')) {
    const inner = one.shadowRoot && window.deep(one.shadowRoot, selector)
    if (inner) return inner
  }
  return null
}"""
LISTED, PICTURED = "!!deep(document, '.cb-slice-row')", "!!deep(document, '.cb-gallery-item')"
DRAWN = "!!deep(document, '.cb-plot-box .scatterlayer')"
VIEWS = {  # button → what is there once it is drawn
    "Labels to review": PICTURED,
    "Learning curve": DRAWN,
}


def computed(count: int, turns: int) -> dict[str, Any]:
    """Seconds of the processor that cutting `count` examples by fourteen traits and comparing the slices take, and that
    a picture is measured for."""
    random, tested = np.random.default_rng(0), np.ones(count, bool)
    columns: dict[str, Any] = {f"number {n}": random.normal(size=count) for n in range(8)}
    columns |= {f"value {n}": random.choice([f"v{kind}" for kind in range(30)], count) for n in range(4)}
    columns |= {f"price {n}": pd.Categorical(random.normal(size=count).round(2).astype(str)) for n in range(2)}
    right, table_of = random.random(count) < 0.8, pd.DataFrame(columns)

    def interval(inside: np.ndarray) -> Interval:
        low, high = metrics.wilson(right[inside])
        return {"value": float(right[inside].mean()), "low": low, "high": high}

    scores = Scores("accuracy", np.arange(count), right.astype(float), np.ones(count), False, interval)
    seconds, pixels = [], random.integers(0, 256, (256, 256, 3)).astype(np.uint8)
    for _turn in range(turns + 1):  # the first imports what it needs
        start = time.process_time()
        found = slices.compared(slices.cut(table_of, tested), np.arange(count), scores)
        _shown = [scores.interval(one.slice.inside) for one in found[:8]]
        seconds.append(time.process_time() - start)
    start = time.process_time()
    for _picture in range(100):
        traits.measured(pixels)
    return {"slices": len(found), "seconds": seconds[1:], "a picture": (time.process_time() - start) / 100}


def measured(app: App, run: str) -> dict[str, float]:
    """Seconds that the traits and the learning curve of a run were measured for, once somebody asked."""
    with chromium(f"http://127.0.0.1:{app.port}/{CASE}?run={run}&see=slices", script=DEEP) as page:
        took = {"traits": _seconds("slices")}
        page.wait_for_function(LISTED, timeout=60_000)
        page.locator("button:has-text('Learning curve')").first.click()
        page.locator("button:visible:has-text('Measure the learning curve')").first.click()
        took["learning curve"] = _seconds("curve")
        page.wait_for_function(DRAWN, timeout=60_000)
    return took


def _seconds(kind: str) -> float:
    until(lambda: bool(records.run_list(OWNER, kind=kind)), limit=60)
    until(lambda: records.run_list(OWNER, kind=kind)[0].ended_already, limit=900)
    [work] = records.run_list(OWNER, kind=kind)
    if work.status != "done":
        raise RuntimeError(f"It was not measured: {work.error}")
    return (work.ended or 0) - (work.started or 0)


def clicked(page: Page, selector: str, drawn: str) -> float:
    page.locator(selector).first.click()
    seconds = since_click(page, drawn)
    settled(page)
    return seconds


def looked(app: App, run: str, turns: int) -> dict[str, list[float]]:
    """Seconds from a click on a view to what it shows, and from one on a slice to its pictures."""
    found: dict[str, list[float]] = {name: [] for name in ("Slices", "pictures of a slice", *VIEWS)}
    for _turn in range(turns):
        with chromium(f"http://127.0.0.1:{app.port}/{CASE}?run={run}&see=certainty", script=DEEP) as page:
            settled(page)
            found["Slices"].append(clicked(page, "button:has-text('Slices')", LISTED))
            found["pictures of a slice"].append(clicked(page, ".cb-slice-row", PICTURED))
        for name, drawn in VIEWS.items():
            with chromium(f"http://127.0.0.1:{app.port}/{CASE}?run={run}&see=certainty", script=DEEP) as page:
                settled(page)
                found[name].append(clicked(page, f"button:has-text('{name}')", drawn))
    return found


def main() -> None:
    parser = table.options(__doc__, "evaluation_views")
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--brief", action="store_true", help="only what the processor has to do, without a browser")
    args = parser.parse_args()
    count, turns = (600, 1) if args.quick else (args.pictures, args.turns)
    found = computed(count, turns)
    print(f"{count:,} examples: {found['slices']} slices cut and compared in {median(found['seconds']):.2f} s of the "
          f"processor; a picture measured in {1000 * found['a picture']:.1f} ms")  # fmt: skip
    if args.brief:
        table.write(args.out, pictures=count, processor=found)
        return
    with running() as app, TemporaryDirectory() as folder:
        dataset = app.bring(made_up.pictures(Path(folder, "hues.zip"), count, CLASSES))
        run = train(dataset, model=str(made_up.network(Path(folder, "network"))), mode="head", epochs=3)
        until_idle()
        seconds = measured(app, run)
        told = looked(app, run, turns)
    took = "; ".join(f"{name} measured in {some:.1f} s" for name, some in seconds.items())
    print(f"{count:,} pictures in {CLASSES} classes; {took}")
    table.show(["from a click to, s", "median", "worst", "bar", ""], [
        [name, median(some), max(some), BAR, table.verdict(median(some), BAR, quick=args.quick)]
        for name, some in told.items()
    ])  # fmt: skip
    table.write(args.out, pictures=count, processor=found, measured=seconds, clicks=told, bar=BAR)


if __name__ == "__main__":
    main()
