"""Texts beyond what the model reads at once: their start alone, windows, and what is chosen automatically.

    python -m benchmarks.long_texts --out

Two sets are made of real texts of which the division is kept: of eight questions (TREC) of one class in a row, among
film reviews (SST-2) that say nothing of the class, two hundred to sixteen hundred tokens together. In `anywhere`
the questions lie at a random place, in `start` they come first. The head alone is trained, without word counts and
with untouched settings but `long_texts`; accuracy is of the test part, which no choice looks at. Each figure that is in
the file of `--out` already is not measured again.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import cases
from benchmarks import table
from cases.base import UploadedFile, WorkDirs
from cases.text_analysis import trainer
from models.progress import QUIET
from runs import paths
from runs.jobs import data_import

WAYS = ("start", "windows", "automatic")
TELLING = 8  # questions of a text
FILLING = (10, 60)  # reviews around them
SHOWN = ("set", "long texts", "seed", "accuracy, %", "95% from", "to", "windows", "longer texts", "processor, s")


def rows(folder: Path, part: str) -> list[tuple[str, str]]:
    with (folder / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def made(where: str, part: str, count: int) -> Iterator[tuple[str, str]]:
    """So many long texts of one part."""
    random = np.random.default_rng(["train", "test"].index(part))
    told = rows(table.QUESTIONS, part)
    neutral = [text for text, _ in rows(table.SOUNDS / "txt_sst2_en", part)]
    by_class = {label: [text for text, one in told if one == label] for label in sorted({one for _, one in told})}
    for number in range(count):
        label = list(by_class)[number % len(by_class)]
        filling = list(random.choice(neutral, random.integers(*FILLING)))
        place = 0 if where == "start" else int(random.integers(0, len(filling) + 1))
        filling[place:place] = random.choice(by_class[label], TELLING).tolist()
        yield " ".join(filling), label


def read(where: str, count: int, folder: Path) -> Any:
    files = []
    for part, size in (("train", count), ("test", count // 2)):
        files.append(UploadedFile(folder / f"{where}-{part}.csv", f"{part}.csv", part))
        with files[-1].path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *made(where, part, size)])
    return data_import.into_dataset("text_analysis", files, f"long-{where}", QUIET)


def measure(dataset: Any, way: str, seed: int, **chosen: Any) -> dict[str, Any]:
    settings = cases.get("text_analysis").Settings(long_texts=way, seed=seed, words="without", **chosen)
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        learner = trainer.build(settings, dataset, WorkDirs(Path(folder), paths.cache()), QUIET)
        learner.fit(QUIET)
        told = learner.evaluate(QUIET).metrics["accuracy"]
    found = learner.trained.get("long_texts", {})
    return {"seconds": time.process_time() - began, "accuracy": told, "long_texts": found}


def main() -> None:
    parser = table.options(__doc__, "long_texts")
    parser.add_argument("--texts", type=int, default=600, help="of the training part; half as many are tested")
    parser.add_argument("--model", default="multilingual-e5-small")
    parser.add_argument("--mode", default="head", choices=("head", "last_blocks", "lora", "full"))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--home", type=Path, help="where features are kept for the next time")
    args = parser.parse_args()
    count = 60 if args.quick else args.texts
    known = json.loads(args.out.read_text("utf-8")).get("figures", {}) if args.out and args.out.exists() else {}
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        for where in ("anywhere", "start"):
            dataset = None
            for seed in range(args.seeds):
                for way in WAYS:
                    name = f"{where}, {way}, {args.model}, {args.mode}, {count} texts, seed {seed}"
                    if name not in known:
                        dataset = dataset or read(where, count, Path(spare))
                        known[name] = measure(dataset, way, seed, model=args.model, mode=args.mode)
                        table.write(args.out, figures=known)
                    found, one = known[name]["long_texts"], known[name]
                    value, low, high = (100 * one["accuracy"][part] for part in ("value", "low", "high"))
                    table.show(SHOWN, [[where, way, seed, value, low, high, found.get("windows"), found.get("longer"),
                                        one["seconds"]]])  # fmt: skip
    table.write(args.out, figures=known)


if __name__ == "__main__":
    main()
