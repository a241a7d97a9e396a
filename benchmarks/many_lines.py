"""A million things that users had, read, checked and learnt from for one epoch; a list out of a hundred thousand items.

    python -m benchmarks.many_lines --out

The lines are made by a rule: each of 50,000 users draws one of 50 tastes and then, line by line, four times in five an
item of that taste, else any; within a taste the n-th item is drawn as often as one over n. 20,000 items, in order of
time.
The list is asked of a bundle whose weights are drawn by chance, which changes nothing about the time it takes.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from benchmarks import table
from cases.base import UploadedFile, WorkDirs
from cases.ranking import stats
from cases.ranking.interactions import Interactions
from cases.recommendation import portable, reader
from cases.recommendation.network import Sequential
from cases.recommendation.predictor import ItemPredictor
from cases.recommendation.settings import Settings
from cases.recommendation.towers import DecayedMeanTower, ItemTower
from cases.recommendation.trainer import build
from models.onnx import export
from models.progress import QUIET

LINES, PEOPLE, ITEMS, TASTES = 1_000_000, 50_000, 20_000, 50
MEMORY, LIST = 3000.0, 50.0  # bars: MB at most, milliseconds at most
SHOP, ASKED = 100_000, 50  # items that lists are made of, and how many lists


def write(path: Path, count: int) -> None:
    random = np.random.default_rng(0)
    user = np.sort(random.integers(0, PEOPLE, count))
    taste, each = random.integers(0, TASTES, PEOPLE)[user], ITEMS // TASTES
    weights = 1 / np.arange(1, each + 1)
    own = taste * each + random.choice(each, count, p=weights / weights.sum())
    item = np.where(random.random(count) < 0.8, own, random.integers(0, ITEMS, count))
    lines = (f"u{u},i{i},{1_600_000_000 + when}" for when, (u, i) in enumerate(zip(user, item, strict=True)))
    path.write_text("\n".join(["user,item,time", *lines]), "utf-8")


def learn(folder: Path, count: int) -> dict[str, float]:
    """Seconds of each step, and the most MB that were held."""
    path = folder / "lines.csv"
    write(path, count)
    (folder / "data").mkdir()
    marks = [time.perf_counter()]
    dataset = reader.read([UploadedFile(path, path.name)], folder / "data", "benchmark", QUIET)
    marks.append(time.perf_counter())
    history = Interactions.open(dataset)
    stats.facts(history.user, history.item, history.time, history.items)
    marks.append(time.perf_counter())
    trainer = build(Settings(epochs=1), dataset, WorkDirs(folder / "run", folder / "cache"), QUIET)
    trainer.fit(QUIET)
    marks.append(time.perf_counter())
    read, check, epoch = np.diff(marks).tolist()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return {"read": read, "check": check, "epoch": epoch, "memory_mb": peak}


def ask(folder: Path) -> list[float]:
    """Milliseconds of each list, with its reasons."""
    bundle, width, longest = folder / "bundle", 64, 50
    bundle.mkdir()
    torch.manual_seed(0)
    tower = ItemTower(2, width, None, 0.0, torch.ones(2), torch.ones(2), torch.zeros(2))
    people = portable.ByHistory(Sequential(tower, DecayedMeanTower(width, 0.0), longest, torch.ones(2) / 2)).eval()
    vectors = torch.randn(SHOP, width + 1).numpy()
    inputs = {name: torch.from_numpy(one) for name, one in portable.given([np.arange(3)], vectors, longest).items()}
    export.write(people, inputs, bundle / "model.onnx", outputs={"people": {0: "n"}})
    save_file({"vectors": vectors}, bundle / "items.safetensors")
    names = [str(item) for item in range(SHOP)]
    told = {"ids": names, "titles": names, "genres": [""] * SHOP, "people": [1] * SHOP}
    (bundle / "items.json").write_text(json.dumps(told), "utf-8")
    (bundle / "preprocessing.json").write_text(json.dumps({"longest": longest}), "utf-8")
    predictor, random, took = ItemPredictor(bundle), np.random.default_rng(0), []
    for number in range(ASKED + 1):
        file = folder / f"{number}.json"
        file.write_text(json.dumps({"had": [str(item) for item in random.integers(0, SHOP, 10)]}), "utf-8")
        began = time.perf_counter()
        predictor([file], show=True)
        took.append(1000 * (time.perf_counter() - began))
    return took[1:]  # the first warms up


def main() -> None:
    args = table.options(__doc__, "many_lines").parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = learn(Path(folder), LINES // 50 if args.quick else LINES)
        took = ask(Path(folder))
    median, slowest = float(np.median(took)), max(took)
    table.show(
        ["", "seconds", "bar", ""],
        [["read", found["read"], None, ""], ["check", found["check"], None, ""],
         ["one epoch", found["epoch"], None, ""],
         ["most memory, MB", found["memory_mb"], MEMORY, table.verdict(found["memory_mb"], MEMORY, quick=args.quick)],
         ["a list, median, ms", median, LIST, table.verdict(median, LIST, quick=args.quick)],
         ["the slowest of fifty, ms", slowest, None, ""]],
    )  # fmt: skip
    table.write(args.out, **found, list_ms=median, slowest_ms=slowest)


if __name__ == "__main__":
    main()
