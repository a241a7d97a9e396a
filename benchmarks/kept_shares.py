"""Which rule keeps the best share of fine-tuning: the weights between start and end, judged on a validation part.

    nice -n 19 env OMP_NUM_THREADS=1 python -m benchmarks.kept_shares --out

The same draws of the same seven training files as in `few_examples`, with 20 and with 300 examples a class, and nothing
but these files is read. Each cell trains once, then asks every share of the way to each end (the epoch of the lowest
validation loss, the last epoch) about the validation part, which decides, and about the held-out rows, which only tell
what each rule would have brought. Each finished cell is written at once, and one that is written is not measured again.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import prepared, table
from benchmarks.few_examples import SETS, drawn, read
from cases.classification import network_scores, weight_interpolation
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from models.evaluation import calibration
from models.progress import QUIET
from models.training import checkpoints, interpolation
from models.training.interpolation import SHARES, clearly_lower, kept_place

SIZES, MODES = (20, 300), ("last_blocks", "lora", "full")
PLAIN, TEMPERED = "probability", "at the best temperature"  # one less the probability of the class of each item
Point = dict[str, Any]
"""`share` of the way to the `end`; `PLAIN` and `TEMPERED` errors (validated items,); `accuracy` (%) and `loss` of the
held-out rows."""


def enough(judge: str, share: float, start: Point, points: Sequence[Point]) -> Point:
    """The smallest share to the best end that brings as much of the gain."""
    best = min(points, key=lambda one: one[judge].mean())
    if not clearly_lower(best[judge], start[judge]):
        return start
    gain = start[judge].mean() - best[judge].mean()
    least = start[judge].mean() - share * gain + 1e-12
    return next(one for one in points if one["end"] == best["end"] and one[judge].mean() <= least)


def last_end(judge: str, start: Point, points: Sequence[Point]) -> Point:
    """The lowest on the way to the last epoch."""
    best = min((one for one in points if one["end"] == points[-1]["end"]), key=lambda one: one[judge].mean())
    return best if clearly_lower(best[judge], start[judge]) else start


def last_unless_surely(judge: str, start: Point, points: Sequence[Point]) -> Point:
    """As `interpolation.settle` does: the same, unless the other end is lower than that by two standard errors."""
    found = {(one["end"], one["share"]): one for one in points}
    place = kept_place(start[judge], {place: one[judge] for place, one in found.items()})
    return found[place] if place else start


def one_standard_error(judge: str, start: Point, points: Sequence[Point]) -> Point:
    """The smallest share to the best end that is not clearly worse than the best."""
    best = min(points, key=lambda one: one[judge].mean())
    if not clearly_lower(best[judge], start[judge]):
        return start
    return next(one for one in points if one["end"] == best["end"] and not clearly_lower(best[judge], one[judge]))


RULES = {
    **{f"{name}, {judge}": partial(rule, judge) for judge in (PLAIN, TEMPERED) for name, rule in {
        "three quarters of the gain": lambda judge, *told: enough(judge, 0.75, *told),
        "lowest": lambda judge, *told: enough(judge, 1.0, *told),
        "last epoch's": last_end, "last epoch's unless surely": last_unless_surely,
        "one standard error": one_standard_error}.items()},
    "start": lambda start, points: start,
    "lowest loss": lambda start, points: points[len(SHARES) - 2],
    "last epoch": lambda start, points: points[-1],
}  # fmt: skip


def measure(dataset: Dataset, name: str, size: int, draw: int, mode: str) -> dict[str, Any]:
    case, _, chosen = SETS[name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(draw)
        rows = partial(drawn, size=size, draw=draw)
        context, items = prepared.inputs(case, dataset, {**chosen, "mode": mode, "seed": draw}, Path(folder), rows)
        trainer = ClassifierTrainer(context, items, QUIET)
        start = {"end": 0, "share": 0.0} | _point(trainer)
        trainer.fit(QUIET)
        points = _walked(trainer, checkpoints.ends(Path(folder)), start[TEMPERED])
    kept = {rule: choose(start, points) for rule, choose in RULES.items()}
    return {"set": name, "size": size, "draw": draw, "mode": mode, "seconds": time.monotonic() - began,
            **{part: len(some) for part, some in context.rows.items()},
            "points": [_plain(one) for one in (start, *points)],
            "rules": {rule: _plain(one) for rule, one in kept.items()}}  # fmt: skip


def _walked(trainer: ClassifierTrainer, ends: Sequence[Path], begun: np.ndarray) -> list[Point]:
    """What every share of the way to each end tells."""
    assert trainer.interpolation is not None
    points: list[Point] = []

    def asked() -> np.ndarray:
        end, share = divmod(len(points), len(SHARES) - 1)
        points.append({"end": end, "share": SHARES[1 + share], **_point(trainer)})
        return points[-1][TEMPERED]

    reached = [partial(trainer.interpolation.reach, one) for one in ends]
    interpolation.settle(trainer.network, trainer.interpolation.start, begun, asked, reached)
    return points


def _point(trainer: ClassifierTrainer) -> dict[str, Any]:
    told = []
    for part in ("validation", "test"):
        rows = trainer.context.rows[part]
        scores, _ = network_scores.forward(trainer.items, rows, trainer.context.device, QUIET)
        told.append((scores, trainer.context.labels[rows]))
    return point(*told)


def point(validated: tuple[np.ndarray, np.ndarray], held_out: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    """What scores (items, classes) of items with these labels tell."""
    (scores, labels), (asked, truth) = validated, held_out
    return {PLAIN: 1 - network_scores.probabilities(scores)[np.arange(len(labels)), labels],
            TEMPERED: weight_interpolation.errors(scores, labels),
            "accuracy": 100 * float((asked.argmax(1) == truth).mean()),
            "loss": calibration.log_loss(network_scores.probabilities(asked), truth)}  # fmt: skip


def _plain(point: Point) -> dict[str, Any]:
    return {**point, **{judge: float(point[judge].mean()) for judge in (PLAIN, TEMPERED)}}


def summary(cells: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Size, mode and rule → cells, mean accuracy and loss, mean and worst gain over the start, share kept."""
    rows = []
    for size, mode, rule in product(sorted({one["size"] for one in cells}), MODES, RULES):
        some = [one for one in cells if (one["size"], one["mode"]) == (size, mode)]
        if some:
            kept = [one["rules"][rule] for one in some]
            gains = [one["accuracy"] - cell["rules"]["start"]["accuracy"] for one, cell in zip(kept, some, strict=True)]
            means = [float(np.mean([one[what] for one in kept])) for what in ("accuracy", "loss", "share")]
            rows.append([f"{size}, {mode}, {rule}", len(some), *means, float(np.mean(gains)), min(gains)])
    return rows


def main() -> None:
    parser = table.options(__doc__, "kept_shares")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="examples a class")
    parser.add_argument("--draws", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    args = parser.parse_args()
    if args.quick:
        args.sets, args.sizes, args.draws, args.modes = args.sets[:1], [20], [0], ["last_blocks"]
    cells = json.loads(args.out.read_text("utf-8"))["cells"] if args.out and args.out.exists() else []
    done = {(one["draw"], one["size"], one["mode"], one["set"]) for one in cells}
    with tempfile.TemporaryDirectory() as home:
        os.environ["CASEBOOK_HOME"] = home
        datasets: dict[str, Dataset] = {}
        for draw, size, mode, name in product(args.draws, args.sizes, args.modes, args.sets):
            if (draw, size, mode, name) in done:
                continue
            if name not in datasets:
                datasets[name] = read(name, Path(home))
            cells.append(measure(datasets[name], name, size, draw, mode))
            print(json.dumps(cells[-1]), flush=True)
            table.write(args.out, cells=cells)
    table.show(["examples a class, mode, rule", "cells", "accuracy, %", "loss", "share", "gain", "worst"],
               summary(cells))  # fmt: skip


if __name__ == "__main__":
    main()
