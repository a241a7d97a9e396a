"""What the names of the classes tell a head where examples are few: the same linear probe with them and without.

    nice -n 19 env OMP_NUM_THREADS=1 python -m benchmarks.class_names --out

Of four training files so many examples a class are drawn, five times; all others are held out, and nothing else is
read. Names are those of the files; two sets whose names are 0 and 1 are also measured with words in their place.
"Automatic" is what cross-validation on the drawn examples chose.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import prepared, table
from benchmarks.few_examples import SETS, read
from models.heads import linear_probe
from models.progress import QUIET
from models.text import encoder

MODELS = ("multilingual-e5-small", "all-MiniLM-L6-v2")
WORDS = {"sst2": ("negative", "positive"), "waimai": ("差评", "好评")}
ENGLISH = ("trec6", "sst2")
SIZES, DRAWS = (4, 16, 40, 80), 5
Encoded = tuple[torch.Tensor, np.ndarray, dict[str, torch.Tensor]]
"""Features (texts, width) and labels of a set; how its classes are called → the same of their names."""


def encoded(name: str, model: str, folder: Path) -> Encoded:
    case, _, chosen = SETS[name]
    dataset = read(name, folder)
    context, items = prepared.inputs(case, dataset, {**chosen, "model": model}, folder)
    features = np.array(items.features(QUIET).open())
    called = {"as in the file": dataset.classes, **({"in words": WORDS[name]} if name in WORDS else {})}
    vectors = {way: _read_by(items, names) for way, names in called.items()}
    named = {way: torch.from_numpy(some - some.mean(0)) for way, some in vectors.items()}
    return torch.from_numpy(features), context.labels, named


def _read_by(items: Any, names: Sequence[str]) -> np.ndarray:
    return encoder.vectors(items.network.body, items.tokeniser, list(names), bf16=False, report=QUIET)


def measure(known: Encoded, way: str, size: int) -> dict[str, Any]:
    """Mean accuracies (%) of held-out texts, and of how many draws the names were taken."""
    features, labels, named = known
    classes = len(named[way])
    found, taken = [], 0
    for draw in range(DRAWS):
        random = np.random.default_rng(draw)
        learnt = np.concatenate([random.permutation(np.flatnonzero(labels == one))[:size] for one in range(classes)])
        held = np.setdiff1d(np.arange(len(labels)), learnt)
        seen, truth = features[learnt], torch.from_numpy(labels[learnt])
        holds = [
            linear_probe.select_penalty_cv(seen, truth, classes, prior=prior, report=QUIET)
            for prior in (None, named[way])
        ]
        taken += holds[1].prior is not None
        heads = [linear_probe.fit(seen, truth, classes, hold) for hold in holds]
        with torch.no_grad():
            found.append(
                [100 * float((head(features[held]).argmax(1).numpy() == labels[held]).mean()) for head in heads]
            )
    without, automatic = np.mean(found, 0)
    gains = np.subtract(*np.transpose(found)[::-1])
    return {"without": without, "automatic": automatic, "taken": taken, "worst": float(gains.min())}


def _held_out(known: Encoded, size: int) -> bool:
    """Whether texts of every class are left to be asked about."""
    return bool(np.bincount(known[1]).min() > size)


def main() -> None:
    parser = table.options(__doc__, "class_names")
    parser.add_argument(
        "--sets", nargs="+", choices=("tnews", *ENGLISH, "waimai"), default=["tnews", *ENGLISH, "waimai"]
    )
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="examples a class")
    args = parser.parse_args()
    sizes: Sequence[int] = args.sizes[:1] if args.quick else args.sizes
    rows, cells = [], []
    with tempfile.TemporaryDirectory() as home:
        os.environ["CASEBOOK_HOME"] = home
        for name in args.sets[:1] if args.quick else args.sets:
            for model in MODELS if name in ENGLISH else MODELS[:1]:
                known = encoded(name, model, Path(home))
                for way in known[2]:
                    for size in (one for one in sizes if _held_out(known, one)):
                        cells.append({"set": name, "model": model, "names": way, "size": size,
                                      **measure(known, way, size)})  # fmt: skip
                        rows.append(list(cells[-1].values()))
                        print(*rows[-1], flush=True)
                        table.write(args.out, cells=cells)
    table.show(["set", "model", "names", "a class", "without", "automatic", "taken", "worst"], rows)


if __name__ == "__main__":
    main()
