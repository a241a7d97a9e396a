"""Fine-tuning the last blocks of a text encoder: what lies below them computed once and kept, or anew in each step.

    python -m benchmarks.frozen_blocks --out

Of real training files, 2,000 lines at most, a third stands for the test part. In one run and with equal seeds each set
is learnt from both ways, in turn; `fit` with what is computed beforehand, `evaluate` afterwards. `random below`: as in
a network all of which is told that it trains, with dropout below the blocks that learn, too.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks import few_examples, prepared, table
from benchmarks.head_training import held_out
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.text_analysis.network import TextNetwork
from models.progress import QUIET
from models.text import frozen_blocks

SETS, SEEDS = ("trec6", "sst2", "waimai", "tnews"), 3
KEPT, ANEW, RANDOM = "kept", "anew", "random below"
WAYS = (KEPT, ANEW, RANDOM)
LEAST = 1e-6  # probability, in place of 0
SHOWN = ("set", "way", "learnt from", "fit s", "evaluate s", "times as quick", "accuracy %", "loss")


@contextmanager
def learning(way: str) -> Iterator[None]:
    """While this lasts the last blocks learn this way."""
    most, train = frozen_blocks.MOST, TextNetwork.train
    if way != KEPT:
        frozen_blocks.MOST = 0
    if way == RANDOM:
        TextNetwork.train = nn.Module.train  # type: ignore[method-assign]
    try:
        yield
    finally:
        frozen_blocks.MOST, TextNetwork.train = most, train  # type: ignore[method-assign]


def measured(name: str, dataset: Dataset, seed: int, way: str) -> dict[str, Any]:
    case, _, chosen = few_examples.SETS[name]
    settings = {**chosen, "mode": "last_blocks", "seed": seed}
    with tempfile.TemporaryDirectory() as folder, learning(way):
        torch.manual_seed(seed)
        context, items = prepared.inputs(case, dataset, settings, Path(folder), held_out)
        trainer = ClassifierTrainer(context, items, QUIET)
        began = time.perf_counter()
        trainer.fit(QUIET)
        fitted = time.perf_counter()
        outcome = trainer.evaluate(QUIET).outcome.of("test")
        ended = time.perf_counter()
        for path in context.place.kept.rglob("*-below-*"):
            path.unlink()  # the next one computes it, too
    told = outcome.probabilities[np.arange(len(outcome.labels)), outcome.labels]
    return {
        "set": name, "way": way, "seed": seed, "learnt": len(context.rows["train"]),
        "fit": fitted - began, "evaluate": ended - fitted,
        "accuracy": 100 * float(outcome.right.mean()), "loss": float(-np.log(np.maximum(told, LEAST)).mean()),
    }  # fmt: skip


def lines(runs: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """Of each set and way the medians of the seconds, and the means of what was told of the held-out items."""
    for name, way in product(dict.fromkeys(run["set"] for run in runs), WAYS):
        some = [run for run in runs if (run["set"], run["way"]) == (name, way)]
        anew = [run for run in runs if (run["set"], run["way"]) == (name, ANEW)]
        times = [(other["fit"] + other["evaluate"]) / (run["fit"] + run["evaluate"])
                 for run, other in zip(some, anew, strict=True)]  # fmt: skip
        yield [name, way, some[0]["learnt"], median(run["fit"] for run in some),
               median(run["evaluate"] for run in some), median(times), fmean(run["accuracy"] for run in some),
               fmean(run["loss"] for run in some)]  # fmt: skip


def main() -> None:
    parser = table.options(__doc__, "frozen_blocks")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    args = parser.parse_args()
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as home:
        os.environ["CASEBOOK_HOME"] = home
        for name in args.sets:
            dataset = few_examples.read(name, Path(home))
            for seed in range(1 if args.quick else args.seeds):
                runs += [measured(name, dataset, seed, way) for way in WAYS]
            table.show(SHOWN, [*lines([run for run in runs if run["set"] == name])])
    print()
    table.show(SHOWN, [*lines(runs)])
    table.write(args.out, runs=runs)


if __name__ == "__main__":
    main()
