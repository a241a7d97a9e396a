"""How soon a person sees that something happens: first progress, first point, stop, pages beside a training.

    python -m benchmarks.latency --out

The real app and agent, warm; the store is looked into every 10 ms. Pages are asked for over Streamlit's WebSocket, each
time in a new session, while nothing runs and while a full-mode training does.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import table
from benchmarks.app_process import OWNER, POLL, App, discard, full, running, train, until_idle
from benchmarks.visitor import visit
from runs import paths
from runs.store import lifecycle, metric_rows, records
from runs.store.records import Run

BARS = {  # seconds
    "queued → first progress": 1.0,
    "queued → first training point, features kept": 1.0,
    "stop → stopped, full mode": 2.0,
}
RATIO = 1.3  # of a page's answer while a training runs to its answer while nothing does


def when(identity: str, events: dict[str, Callable[[Run], bool]]) -> dict[str, float]:
    """Seconds from now until each of `events` holds for the run."""
    start, seen = time.monotonic(), {}
    while len(seen) < len(events):
        run = records.run(identity, OWNER)
        for name, holds in events.items():
            if name not in seen and holds(run):
                seen[name] = time.monotonic() - start
        if run.status == "failed" or time.monotonic() - start > 120:
            raise RuntimeError(f"Of {list(events)} only {list(seen)} came about: {run}")
        time.sleep(POLL)
    return seen


def first_progress(dataset: str) -> dict[str, float]:
    """On data whose features are not kept yet."""
    shutil.rmtree(paths.cache() / "features", ignore_errors=True)
    identity = train(dataset, mode="head")
    seen = when(
        identity,
        {
            "queued → claimed": lambda run: run.status != "queued",
            "queued → its process works": lambda run: run.phase is not None,
            "queued → first progress": lambda run: run.progress is not None,
        },
    )
    discard(identity)
    return seen


def first_point(dataset: str) -> dict[str, float]:
    """On data that were trained on before."""
    identity = train(dataset, mode="head", epochs=30)
    seen = when(
        identity,
        {
            "queued → training begins, features kept": lambda run: run.phase not in (None, "preparing"),
            "queued → first training point, features kept": lambda run: any(
                row["split"] == "train" for row in metric_rows.after(run, 0)
            ),
        },
    )
    until_idle()
    return seen


def stop(dataset: str, delay: float) -> dict[str, float]:
    """A full-mode training is stopped `delay` seconds after its second step; halted: it writes its last checkpoint."""
    identity = full(dataset)
    time.sleep(delay)
    before = _checkpoints(identity)
    lifecycle.ask_to_stop(identity, OWNER)
    seen = when(
        identity,
        {
            "stop → training halted, full mode": lambda run: _checkpoints(identity) > before or run.ended_already,
            "stop → stopped, full mode": lambda run: run.status == "stopped",
        },
    )
    discard(identity)
    return seen


def _checkpoints(identity: str) -> set[Path]:
    return set(paths.run(identity).glob("checkpoint-*"))


def pages(app: App, dataset: str, visits: int) -> dict[str, dict[str, list[float]]]:
    """Page → "alone" and "beside a training" → seconds of each visit."""
    finished = train(dataset, mode="head")
    until_idle()
    asked = {"home": ("home", ""), "a finished run": ("image_recognition", f"run={finished}")}

    def look() -> dict[str, list[float]]:
        return {name: [visit(app.port, *where) for _ in range(visits)] for name, where in asked.items()}

    look()  # whatever is loaded at the first visit is loaded now
    alone = look()
    training = full(dataset)
    beside = look()
    discard(training)
    return {name: {"alone": alone[name], "beside a training": beside[name]} for name in asked}


def main() -> None:
    parser = table.options(__doc__, "latency")
    parser.add_argument("--data", type=Path, default=table.FLOWERS / "train.zip")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--visits", type=int, default=15)
    args = parser.parse_args()
    repeats, visits = (2, 4) if args.quick else (args.repeats, args.visits)
    with running() as app:
        dataset = app.bring(args.data)
        first_point(dataset)  # unpacks the weights, as the first run of a home does
        rounds = [first_progress(dataset) for _ in range(repeats)]
        first_point(dataset)  # keeps the features
        rounds += [first_point(dataset) for _ in range(repeats)]
        rounds += [stop(dataset, 0.37 * turn) for turn in range(repeats)]
        answers = pages(app, dataset, visits)

    seconds: dict[str, list[float]] = {}
    for one in rounds:
        for name, value in one.items():
            seconds.setdefault(name, []).append(value)
    rows = [
        [name, median(values), max(values), bar, bar and table.verdict(max(values), bar, quick=args.quick)]
        for name, values in seconds.items()
        for bar in [BARS.get(name)]
    ]
    table.show(["seconds", "median", "worst", "bar", "worst against bar"], rows)
    print()
    ratios = {name: median(how["beside a training"]) / median(how["alone"]) for name, how in answers.items()}
    rows = [
        [name, *(1000 * f(how[state]) for state in ("alone", "beside a training") for f in (median, max)),
         ratios[name], RATIO, table.verdict(ratios[name], RATIO, quick=args.quick)]
        for name, how in answers.items()
    ]  # fmt: skip
    table.show(["page answers, ms", "alone", "worst", "beside a training", "worst", "ratio", "bar", ""], rows)
    table.write(args.out, seconds=seconds, pages=answers, ratios=ratios, bars={**BARS, "ratio": RATIO})


if __name__ == "__main__":
    main()
