"""What a training on texts of uneven lengths holds: freed memory given back at each new high, or kept to the end.

    python -m benchmarks.held_memory --out

The whole encoder learns from Chinese reviews, a few of them long, twice over, in a process of its own for each way;
one after the other in one run, twice in turn. `most`: the most that the process held while it trained; `at the end`:
what it held when training was over.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import prepared, table

FILE, LONGEST, OTHERS, QUICK = "txt_waimai_zh/train.csv", 64, 1200, 60
WAYS = ("kept", "given back")


def material(folder: Path, others: int) -> Path:
    """The longest reviews of the training file, and evenly many of the others."""
    with (table.SOUNDS / FILE).open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    place = header.index("text")
    lines.sort(key=lambda line: -len(line[place]))
    some = [*lines[:LONGEST], *lines[LONGEST :: len(lines) // others]]
    path = folder / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *some])
    return path


def side(way: str, path: Path, epochs: int) -> dict[str, float]:
    """Train in this process, as a worker does."""
    import torch

    from cases.base import UploadedFile
    from cases.classification.trainer import ClassifierTrainer
    from models import freed_memory
    from models.progress import QUIET
    from models.training import callbacks
    from runs.jobs import data_import

    freed_memory.keep_what_is_freed()
    if way == "kept":
        callbacks.give_back = lambda: None
        callbacks.Surplus.look = lambda self: None  # type: ignore[method-assign]
    dataset = data_import.into_dataset("text_analysis", [UploadedFile(path, path.name, "")], "reviews", QUIET)
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        chosen = {"mode": "full", "epochs": epochs}
        trainer = ClassifierTrainer(*prepared.inputs("text_analysis", dataset, chosen, Path(folder)), QUIET)
        freed_memory.give_back()
        freed_memory.forget_peak()
        began = time.perf_counter()
        trainer.fit(QUIET)
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "most_mb": freed_memory.peak_mb(), "end_mb": freed_memory.resident_mb()}


def told(way: str, path: Path, epochs: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.held_memory", "--side", way, str(path), str(epochs)]
    done = subprocess.run(command, cwd=table.ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(arguments: Sequence[str] | None = None) -> None:
    parser: argparse.ArgumentParser = table.options(__doc__ or "", "held_memory")
    parser.add_argument("--side", nargs=3, metavar=("WAY", "FILE", "EPOCHS"), help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.side:
        way, path, epochs = args.side
        print(json.dumps(side(way, Path(path), int(epochs))))
        return
    runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CASEBOOK_HOME"] = str(Path(folder) / "home")
        path = material(Path(folder), QUICK if args.quick else OTHERS)
        for turn in range(1 if args.quick else 2):
            for way in WAYS[:: 1 if turn % 2 == 0 else -1]:
                runs[way].append(told(way, path, 1 if args.quick else 2))
    rows = [[way, *(median(one[name] for one in runs[way]) for name in ("seconds", "most_mb", "end_mb"))]
            for way in WAYS]  # fmt: skip
    table.show(("freed memory", "seconds", "most MB", "at the end MB"), rows)
    table.write(args.out, runs=runs)


if __name__ == "__main__":
    main()
