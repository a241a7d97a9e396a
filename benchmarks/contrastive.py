"""What the contrastive loss brings with few examples: the same draws, learnt from with and without it.

    nice -n 19 env OMP_NUM_THREADS=1 python -m benchmarks.contrastive --out
    python -m benchmarks.contrastive --sets trec6 --sizes 20 --draws 0 --modes lora

The draws are those of `few_examples`, of the training files of seven real sets, and all other settings are untouched.
Each finished cell is written at once, and one that is written is not measured again.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import few_examples, table
from benchmarks.few_examples import SETS
from cases.classification.hyperparameters import NONE, SUPERVISED
from cases.dataset import Dataset

SIZES, MODES = (8, 20, 80), ("last_blocks", "lora", "full")
LOSSES = (NONE, SUPERVISED)


def summary(found: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Of each mode, set and size measured with both: draws, mean accuracies of the start and of what was kept without
    and with it, and what it brought at the least."""
    cells = {(one["mode"], one["set"], one["size"], one["draw"], one["contrastive"]): one for one in found}
    pairs: dict[tuple[str, str, int], list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for mode, name, size, draw in dict.fromkeys(key[:4] for key in cells):
        without, along = (cells.get((mode, name, size, draw, loss)) for loss in LOSSES)
        if without and along:
            pairs.setdefault((mode, name, size), []).append((without, along))
    rows = []
    for (mode, name, size), some in pairs.items():
        means = [fmean(one["start"] for one, _ in some), *(fmean(pair[n]["kept"] for pair in some) for n in range(2))]
        least = min(along["kept"] - without["kept"] for without, along in some)
        rows.append([f"{mode}, {name}, {size} a class", len(some), *means, least])
    return rows


def main() -> None:
    parser = table.options(__doc__, "contrastive")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="examples a class")
    parser.add_argument("--draws", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--home", type=Path, help="where data and features are kept for the next time")
    args = parser.parse_args()
    if args.quick:
        args.sets, args.sizes, args.draws, args.modes = args.sets[:1], args.sizes[:1], args.draws[:1], args.modes[:1]
    known = json.loads(args.out.read_text("utf-8"))["cells"] if args.out and args.out.exists() else []
    done = {(one["draw"], one["size"], one["mode"], one["set"], one["contrastive"]) for one in known}
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        datasets: dict[str, Dataset] = {}
        for draw, size, mode, name, loss in product(args.draws, args.sizes, args.modes, args.sets, LOSSES):
            if (draw, size, mode, name, loss) in done:
                continue
            dataset = datasets[name] = datasets.get(name) or few_examples.read(name, Path(spare))
            found = few_examples.measure(dataset, (name, size, draw, mode), {"contrastive": loss})
            known.append({**found, "contrastive": loss})
            print(json.dumps(known[-1]), flush=True)
            table.write(args.out, cells=known)
    table.show(["accuracy, %", "draws", "start", "without", "with", "least gain"], summary(known))


if __name__ == "__main__":
    main()
