"""Twenty runs of five thousand points each: from the click on “Compare” until their curves are drawn, in Chromium.

    python -m benchmarks.compare --out

The runs are made up: an exponential decay with noise in the store, as a training writes it, and a test part of a
thousand items. The first comparison reads every point from the store; the later ones find them in memory.
"""

from __future__ import annotations

import math
import random
import time
from statistics import median

import pandas as pd
from sqlalchemy import insert

import cases
from benchmarks import table
from benchmarks.app_process import CASE, OWNER, running
from benchmarks.browser import chromium, settled, since_click
from cases.settings import as_json
from runs import paths
from runs.store import queue, records
from runs.store.database import engine
from runs.store.tables import metrics

BAR = 1.0  # seconds
DRAWN = "document.querySelectorAll('.cb-plot .scatterlayer .trace').length === {traces}"
EPOCHS, ITEMS = 50, 1000


def made_up(number: int, points: int) -> None:
    """A finished run whose loss falls, with all that a comparison looks at."""
    settings = as_json(cases.get(CASE).Settings(seed=number))
    identity = records.create_run(OWNER, "fine_tune", CASE, f"run {number}", dataset="made up", settings=settings)
    queue.claim_here(identity)
    chance = random.Random(number)
    steps = [_train(step, points, chance) for step in range(1, points + 1)]
    evaluations = [_validation(epoch, chance) for epoch in range(1, EPOCHS + 1)]
    clock = [(second, {"cpu": 50.0, "memory": 900.0}) for second in range(0, 600, 1)]
    rows = [("train", *row) for row in steps] + [("validation", *row) for row in evaluations]
    rows += [("machine", *row) for row in clock]
    with engine().begin() as db:
        db.execute(insert(metrics), [
            dict(run=identity, split=split, step=step, written=place, values=values)
            for place, (split, step, values) in enumerate(rows)
        ])  # fmt: skip
    labels = [chance.choice("abc") for _ in range(ITEMS)]
    predicted = [label if chance.random() < 0.85 else "a" for label in labels]
    pd.DataFrame({"id": range(ITEMS), "label": labels, "predicted": predicted}).to_parquet(
        paths.run(identity) / "predictions.parquet"
    )
    figure = {"value": 0.85, "low": 0.83, "high": 0.87}
    test = {"accuracy": figure, "macro_f1": figure}
    queue.end(identity, "done", result={"test": test, "data": {"test": ITEMS}, "settings": settings})


def _train(step: int, points: int, chance: random.Random) -> tuple[int, dict[str, float]]:
    epoch = EPOCHS * step / points
    loss = 2 * math.exp(-epoch / 10) + 0.2 + abs(chance.gauss(0, 0.1))
    return step, {"epoch": epoch, "loss": loss, "learning_rate": 1e-3, "items_per_second": 900.0}


def _validation(epoch: int, chance: random.Random) -> tuple[int, dict[str, float]]:
    accuracy = 0.9 - 0.6 * math.exp(-epoch / 10) + chance.gauss(0, 0.01)
    return epoch * 100, {"epoch": epoch, "loss": 1.1 - accuracy, "accuracy": accuracy, "macro_f1": accuracy}


def main() -> None:
    parser = table.options(__doc__, "compare")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--points", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    repeats = 1 if args.quick else args.repeats
    first, again, other = [], [], []
    with running() as app:
        for number in range(args.runs):
            made_up(number, args.points)
        with chromium(f"http://127.0.0.1:{app.port}/runs") as page:
            page.get_by_role("checkbox", name="Select all").click()
            for turn in range(1 + repeats):
                settled(page)
                time.sleep(0.5)
                page.get_by_role("button", name=f"Compare ({args.runs})").click()
                drawn = since_click(page, DRAWN.format(traces=args.runs * 2))
                (again if turn else first).append(drawn)
                settled(page)
                page.get_by_text("Accuracy", exact=True).first.click()
                other.append(since_click(page, DRAWN.format(traces=args.runs)))
                page.get_by_role("button", name="Back to all runs").click()
                settled(page)
                page.get_by_role("checkbox", name="Select all").click()
    seconds = {
        "the first time, read from the store": first,
        "again, from memory": again,
        "another value (accuracy)": other,
    }
    rows = [
        [name, median(values), max(values), BAR, table.verdict(max(values), BAR, quick=args.quick)]
        for name, values in seconds.items()
    ]
    print(f"{args.runs} runs × {args.points:,} points, from the click to the painted frame")
    table.show(["seconds", "median", "worst", "bar", "worst against bar"], rows)
    table.write(args.out, runs=args.runs, points=args.points, seconds=seconds, bar=BAR)


if __name__ == "__main__":
    main()
