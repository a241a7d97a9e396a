"""What fine-tuning gains or loses with few examples: from its start, the linear probe, to what is kept of it.

    nice -n 19 env OMP_NUM_THREADS=1 python -m benchmarks.few_examples --out

Of seven real sets the training file alone is read. A third of it, at most 400 items, stands for the test part and is
the same in every cell; of the others so many a class are drawn, by five seeds. Each drawing is learnt from in each
mode, with settings untouched. Where a class has fewer than asked for, all of them are taken, and the cell says how many
there are. Each finished cell is written at once, and one that is written is not measured again: the program can be
stopped at any time. Cells come draw by draw, so that the first of them already touch every set.
"""

from __future__ import annotations

import csv
import gc
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import prepared, table
from cases import splits
from cases.base import UploadedFile
from cases.classification import network_scores
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from models.progress import QUIET
from models.training import checkpoints
from runs.jobs import data_import

SETS: dict[str, tuple[str, str, dict[str, str]]] = {  # case, training file, settings
    "trec6": ("text_analysis", "txt_trec6_en/train.csv", {}),
    "speakers": ("speech", "spk_fsdd_speaker/train.zip", {"task": "label"}),
    "sst2": ("text_analysis", "txt_sst2_en/train.csv", {}),
    "waimai": ("text_analysis", "txt_waimai_zh/train.csv", {}),
    "hymenoptera": ("image_recognition", "img_hymenoptera/train.zip", {}),
    "tnews": ("text_analysis", "txt_fewclue_tnews_zh/train_few_all.csv", {}),
    "flowers": ("image_recognition", "img_flowers17_12/train.zip", {}),
}
SIZES, DRAWS, MODES = (20, 40, 80), 5, ("head", "lora", "full")
MOST_TESTED, SHARE_TESTED = 400, 1 / 3
MOST_READ = 2000  # lines of a table: those that no cell could use are not read
Cell = tuple[str, int, int, str]  # set, examples a class, draw, mode


def read(name: str, folder: Path) -> Dataset:
    case, file, _ = SETS[name]
    path = table.SOUNDS / file
    if path.suffix == ".csv":
        path = _fewer(path, folder / f"{name}.csv")
    return data_import.into_dataset(case, [UploadedFile(path, path.name, "train")], f"few-{name}", QUIET)


def _fewer(path: Path, target: Path) -> Path:
    """As many lines of each class, as far as there are some, `MOST_READ` together at most."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    members = defaultdict(list)
    for row in np.random.default_rng(0).permutation(len(lines)):
        members[lines[row]["label"]].append(row)
    kept = sorted(row for rows in members.values() for row in rows[: MOST_READ // len(members)])
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text", "label"])
        writer.writeheader()
        writer.writerows({name: lines[row][name] for name in ("text", "label")} for row in kept)
    return target


def drawn(dataset: Dataset, settings: Any, *, size: int, draw: int) -> dict[str, np.ndarray]:
    """Rows of each part; a test part that depends on neither size nor draw."""
    samples = dataset.samples
    share = min(SHARE_TESTED, MOST_TESTED / len(samples))
    parts = splits.split(samples.assign(split=""), validation=0.0, test=share, seed=0).to_numpy(object)
    labels, random = samples["label"].to_numpy(object), np.random.default_rng(draw)
    chosen = np.concatenate([random.permutation(np.flatnonzero((labels == label) & (parts == "train")))[:size]
                             for label in dataset.classes])  # fmt: skip
    learnt = splits.split(samples.iloc[chosen].assign(split=""), **{**splits.asked(settings), "test": 0.0}).to_numpy()
    return {"train": np.sort(chosen[learnt == "train"]), "validation": np.sort(chosen[learnt == "validation"]),
            "test": np.flatnonzero(parts == "test")}  # fmt: skip


def measure(dataset: Dataset, cell: Cell, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Accuracies in per cent of the start, both ends and what was kept; of a head alone there is only the last."""
    name, size, draw, mode = cell
    case, _, chosen = SETS[name]
    wanted = {**chosen, "mode": mode, "seed": draw, **changed}
    told: dict[str, Any] = {"set": name, "size": size, "draw": draw, "mode": mode}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(wanted["seed"])
        context, items = prepared.inputs(case, dataset, wanted, Path(folder), partial(drawn, size=size, draw=draw))
        told |= {part: len(some) for part, some in context.rows.items()}
        trainer = ClassifierTrainer(context, items, QUIET)
        start = None if mode == "head" else right(trainer)
        trainer.fit(QUIET)
        told |= {"seconds": time.monotonic() - began, **trainer.trained, "kept": right(trainer)}
        if mode != "head":
            told |= {"start": start, **_at_the_ends(trainer, Path(folder))}
    return told


def right(trainer: ClassifierTrainer) -> float:
    """Per cent of the test part."""
    rows = trainer.context.rows["test"]
    scores, _ = network_scores.forward(trainer.items, rows, trainer.context.device, QUIET)
    return 100 * float((scores.argmax(1) == trainer.context.labels[rows]).mean())


def _at_the_ends(trainer: ClassifierTrainer, folder: Path) -> dict[str, float]:
    """As `right`, by the weights that training ended with, before any of the way was taken back: those of the epoch
    with the lowest validation loss, and those of the last."""
    found = []
    assert trainer.interpolation is not None, "A head alone has no way to go."
    for weights in checkpoints.ends(folder):
        trainer.interpolation.reach(weights)
        found.append(right(trainer))
    return {"best": found[0], "last": found[-1]}


def cells(args: Any) -> Iterator[Cell]:
    for size, draw in sorted(product(args.sizes, range(args.draws)), key=lambda one: (one[1], one[0])):
        yield from ((name, size, draw, mode) for name, mode in product(args.sets, args.modes))


def summary(found: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Set and mode → cells, mean accuracies at the start, at both ends and of what was kept, mean and worst gain."""
    rows = []
    moved = [one for one in found if one["mode"] != "head"]
    for mode, name in product(("lora", "full"), [*SETS, "all"]):
        some = [one for one in moved if one["mode"] == mode and name in (one["set"], "all")]
        if some:
            start, *ends, kept = (np.array([one[what] for one in some]) for what in ("start", "best", "last", "kept"))
            seconds = np.mean([one["seconds"] for one in some])
            rows.append([f"{name}, {mode}", len(some), *(float(one.mean()) for one in (start, *ends, kept)),
                         float((kept - start).mean()), float((kept - start).min()), float(seconds)])  # fmt: skip
    return rows


def main() -> None:
    parser = table.options(__doc__, "few_examples")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="examples a class")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="settings other than untouched ones")
    parser.add_argument("--home", type=Path, help="where data and features are kept for the next time")
    args = parser.parse_args()
    if args.quick:
        args.sets, args.sizes, args.draws = args.sets[:1], args.sizes[:1], 1
    changed = {name: json.loads(value) for name, _, value in (one.partition("=") for one in args.set)}
    known = json.loads(args.out.read_text("utf-8"))["cells"] if args.out and args.out.exists() else []
    done = {(one["set"], one["size"], one["draw"], one["mode"]) for one in known}
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        datasets: dict[str, Dataset] = {}
        for cell in cells(args):
            if cell in done:
                continue
            if cell[0] not in datasets:
                datasets[cell[0]] = read(cell[0], Path(spare))
            known.append(measure(datasets[cell[0]], cell, changed))
            gc.collect()  # a trainer and its network hold each other, and are large while their objects are few
            print(json.dumps(known[-1]), flush=True)
            table.write(args.out, settings=changed, cells=known)
    table.show(["accuracy, %", "cells", "start", "best epoch", "last epoch", "kept", "gain", "worst", "seconds"],
               summary(known))  # fmt: skip


if __name__ == "__main__":
    main()
