"""A newcomer's way from the home page to a model that is trained on the sample data: clicks and seconds.

    python -m benchmarks.newcomer --out

The app has just been started in an empty home; a Chromium walks as fast as the pages let it, so that the seconds are
Casebook's and not a reader's. The clicks are counted in the page; `tests/browser/test_newcomer.py` holds their number.
"""

from __future__ import annotations

import time
from statistics import median

from benchmarks import table
from benchmarks.app_process import running
from benchmarks.browser import chromium

CLICKS, SECONDS = 4, 60.0
COUNT = """addEventListener('click', () => {
  sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1
}, true)"""
DONE = '.cb-live[data-status="done"]'


def walk() -> tuple[int, dict[str, float]]:
    """Clicks, and seconds from the opening of the home page to each station."""
    with running() as app:
        start, seen = time.monotonic(), {}

        def reached(station: str) -> None:
            seen[station] = time.monotonic() - start

        with chromium(f"http://127.0.0.1:{app.port}/", script=COUNT) as page:
            page.get_by_role("link", name="Open image recognition").click(timeout=60_000)
            page.get_by_role("button", name="Try it with handwritten digits").click(timeout=60_000)
            train = page.get_by_role("button", name="Start fine-tuning")
            train.wait_for(timeout=60_000)
            reached("data read and checked")
            train.click()
            page.wait_for_function("document.querySelector('.cb-live-plot')?.data?.[0].x.length", timeout=60_000)
            reached("first point of the curve")
            page.wait_for_selector(DONE, timeout=120_000)
            reached("model trained, tested and packed")
            page.get_by_role("heading", name="5 · Evaluate").wait_for(timeout=30_000)
            reached("result on the screen")
            return page.evaluate("Number(sessionStorage.clicks)"), seen


def main() -> None:
    parser = table.options(__doc__, "newcomer")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    walks = [walk() for _ in range(1 if args.quick else args.repeats)]
    clicks = max(number for number, _ in walks)
    seconds = {station: [seen[station] for _, seen in walks] for station in walks[0][1]}
    *_, end = seconds
    rows = [
        [f"seconds: {station}", median(values), max(values), SECONDS if station == end else None,
         table.verdict(max(values), SECONDS, quick=args.quick) if station == end else None]
        for station, values in seconds.items()
    ]  # fmt: skip
    rows.insert(0, ["clicks", clicks, clicks, CLICKS, table.verdict(clicks, CLICKS, quick=False)])
    table.show(["from the home page", "median", "worst", "bar", "worst against bar"], rows)
    table.write(args.out, clicks=clicks, seconds=seconds, bars={"clicks": CLICKS, "seconds": SECONDS})


if __name__ == "__main__":
    main()
