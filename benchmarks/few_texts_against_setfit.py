"""Casebook beside SetFit, on 8 and 20 texts a class: accuracy and time, the same weights, texts and cores.

    python -m venv /tmp/setfit-venv && /tmp/setfit-venv/bin/pip install setfit
    python -m benchmarks.few_texts_against_setfit --python /tmp/setfit-venv/bin/python --out

Drawn as `few_examples` draws, from the training files. SetFit learns from all texts of a drawing, with its own defaults
and 20 pairs of each kind a text, as its paper does; Casebook keeps some of them to validate on. Both have the packaged
weights of multilingual-e5-small. Each finished cell is written at once, and one that is written is not measured again.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

import cases
from benchmarks import few_examples, table
from benchmarks.few_examples import SETS
from benchmarks.stock_texts_side import MODEL, PREFIX
from cases.dataset import Dataset
from models.pretrained import catalog
from runs import paths

TEXTS = [name for name, (case, *_) in SETS.items() if case == "text_analysis"]
SETFIT = "setfit"
SIDES: dict[str, dict[str, Any]] = {  # Casebook's settings
    SETFIT: {}, "head": {"mode": "head"}, "lora": {"mode": "lora"}, "full": {"mode": "full"},
    "without contrast": {"mode": "full", "contrastive": "none"},
}  # fmt: skip
ITERATIONS, BATCH = 20, 16  # of SetFit


def by_setfit(dataset: Dataset, name: str, size: int, draw: int, python: Path) -> dict[str, Any]:
    rows = few_examples.drawn(dataset, cases.get("text_analysis").Settings(seed=draw), size=size, draw=draw)
    samples, learnt = dataset.samples, np.sort(np.concatenate([rows["train"], rows["validation"]]))
    parts = {part: {"texts": samples["text"].iloc[some].tolist(),
                    "labels": [dataset.classes.index(label) for label in samples["label"].iloc[some]]}
             for part, some in (("learnt", learnt), ("test", rows["test"]))}  # fmt: skip
    with tempfile.TemporaryDirectory() as home:
        spec = {**parts, "weights": str(catalog.folder(MODEL, paths.cache() / "models")), "prefix": PREFIX,
                "iterations": ITERATIONS, "batch": BATCH, "seed": draw, "home": home}  # fmt: skip
        file = Path(home) / "spec.json"
        file.write_text(json.dumps(spec, ensure_ascii=False), "utf-8")
        side = str(table.ROOT / "benchmarks/stock_setfit_side.py")
        done = subprocess.run([str(python), side, str(file)], stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return {"set": name, "size": size, "draw": draw, "learnt": len(learnt), "test": len(rows["test"]), **told}


def main() -> None:
    parser = table.options(__doc__, "few_texts_against_setfit")
    parser.add_argument("--python", type=Path, required=True, help="an interpreter that has setfit")
    parser.add_argument("--sets", nargs="+", choices=TEXTS, default=TEXTS)
    parser.add_argument("--sizes", nargs="+", type=int, default=[8, 20], help="texts a class")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--home", type=Path, help="where data and features are kept for the next time")
    args = parser.parse_args()
    if args.quick:
        args.sets, args.sizes, args.draws = args.sets[:1], args.sizes[:1], 1
    known = json.loads(args.out.read_text("utf-8"))["cells"] if args.out and args.out.exists() else []
    done = {(one["set"], one["size"], one["draw"], one["side"]) for one in known}
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        datasets: dict[str, Dataset] = {}
        for draw, size, name, side in product(range(args.draws), args.sizes, args.sets, args.sides):
            if (name, size, draw, side) in done:
                continue
            dataset = datasets[name] = datasets.get(name) or few_examples.read(name, Path(spare))
            if side == SETFIT:
                found = by_setfit(dataset, name, size, draw, args.python)
            else:
                found = few_examples.measure(dataset, (name, size, draw, SIDES[side]["mode"]), SIDES[side])
            known.append({**found, "side": side})
            print(json.dumps(known[-1]), flush=True)
            table.write(args.out, iterations=ITERATIONS, batch=BATCH, cells=known)
    rows = []
    for name, size, side in product(args.sets, args.sizes, args.sides):
        if some := [one for one in known if (one["set"], one["size"], one["side"]) == (name, size, side)]:
            means = [fmean(one[what] for one in some) for what in ("kept", "seconds")]
            rows.append([f"{name}, {size} a class, {side}", len(some), *means])
    table.show(["accuracy, %", "draws", "accuracy", "seconds"], rows)


if __name__ == "__main__":
    main()
