"""What counted words add to a head on frozen features: both together, and what “automatic” chose on validation.

    python -m benchmarks.words_counted --out

Every setting is untouched, the head alone learns, seeds 0 to 2; each seed draws another validation part. What is chosen
is chosen on training and validation parts; the test part is asked once, of the network alone, of counted words alone
and of both. Of a large set so many examples of each part are taken as `MOST` says, drawn by seed 0. What was measured
of a set is kept in the file of `--out`, so that an interrupted program goes on where it was.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import table
from benchmarks.head_training import SETS as FOLDERS
from benchmarks.head_training import read
from cases.base import UploadedFile, WorkDirs
from cases.classification import ensemble, evaluation
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.splits import asked, divide
from cases.text_analysis.settings import Settings
from cases.text_analysis.trainer import TextInputs
from cases.training.context import TrainingContext
from models.evaluation.significance import mcnemar
from models.progress import QUIET
from runs import paths
from runs.jobs import data_import

MOST = {"waimai": {"train": 2000, "test": 1000}}  # examples of a part; of the other sets all
SETS = ("trec6", "sst2", "waimai", "tnews")
SEEDS = 3
SHOWN = ("set", "trained", "tested", "network", "words", "both", "gain", "automatic took", "automatic", "p")


def read_capped(name: str, folder: Path) -> Dataset:
    """The set, of whose parts as many examples are there as `MOST` says."""
    if name not in MOST:
        return read(name)
    source, parts = table.SOUNDS / FOLDERS[name][1], []
    for part, most in MOST[name].items():
        with (source / f"{part}.csv").open(encoding="utf-8-sig", newline="") as file:
            heading, *rows = csv.reader(file)
        kept = np.sort(np.random.default_rng(0).permutation(len(rows))[:most])
        with (folder / f"{part}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heading, *(rows[place] for place in kept)])
        parts.append(UploadedFile(folder / f"{part}.csv", f"{part}.csv", part))
    return data_import.into_dataset("text_analysis", parts, f"words-{name}", QUIET)


def measured(dataset: Dataset, seed: int, folder: Path) -> dict[str, Any]:
    """Which test examples each way answers rightly, and what was chosen on validation."""
    settings = Settings(seed=seed)
    rows = divide(dataset, **asked(settings))
    context = TrainingContext(settings, dataset, WorkDirs(folder, paths.cache()), rows)
    items = TextInputs(context, QUIET)
    trainer = ClassifierTrainer(context, items, QUIET)
    trainer.fit(QUIET)
    judgement = trainer.judgement
    if judgement is None:
        raise AssertionError("Left to itself both are compared.")
    test, labels = rows["test"], context.labels[rows["test"]]
    network = evaluation.scores_of_network(context, items, trainer.features, test, QUIET)
    beside = items.second.fit(rows["train"]).probabilities(test)
    both = ensemble.mean(network, beside)
    right = {"network": network.argmax(1) == labels, "words": beside.argmax(1) == labels,
             "both": both.argmax(1) == labels}  # fmt: skip
    return {"seed": seed, "trained": len(rows["train"]), "validated": len(rows["validation"]),
            "judgement": judgement.as_json(items.second),
            "right": {way: one.astype(int).tolist() for way, one in right.items()}}  # fmt: skip


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Accuracies in per cent, a value a seed; the paired test is over all seeds."""
    shares = {way: [100 * float(np.mean(run["right"][way])) for run in runs] for way in ("network", "words", "both")}
    took = [run["judgement"]["taken"] for run in runs]
    automatic = [shares["both" if taken else "network"][place] for place, taken in enumerate(took)]
    alone, both = (np.concatenate([np.array(run["right"][way], bool) for run in runs]) for way in ("network", "both"))
    return {
        "trained": runs[0]["trained"], "validated": runs[0]["validated"], "tested": len(runs[0]["right"]["both"]),
        "accuracy": {**shares, "automatic": automatic}, "taken": took,
        "judged": [run["judgement"] for run in runs], "p": mcnemar(both, alone).p,
    }  # fmt: skip


def line(name: str, told: dict[str, Any]) -> list[Any]:
    mean = {way: float(np.mean(values)) for way, values in told["accuracy"].items()}
    return [name, told["trained"], told["tested"], mean["network"], mean["words"], mean["both"],
            mean["both"] - mean["network"], f"{sum(told['taken'])} of {len(told['taken'])}", mean["automatic"],
            told["p"]]  # fmt: skip


def main() -> None:
    parser = table.options(__doc__, "words_counted")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--home", type=Path, help="where features are kept for the next time")
    args = parser.parse_args()
    known = json.loads(args.out.read_text("utf-8"))["sets"] if args.out and args.out.exists() else {}
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        for name in [one for one in args.sets if one not in known]:
            folder = Path(spare) / name
            folder.mkdir()
            dataset = read_capped(name, folder)
            runs = [measured(dataset, seed, folder / str(seed)) for seed in range(1 if args.quick else SEEDS)]
            known[name] = summary(runs)
            table.show(SHOWN, [line(name, known[name])])
            table.write(args.out, most=MOST, sets=known)
    print()
    table.show(SHOWN, [line(name, known[name]) for name in args.sets])


if __name__ == "__main__":
    main()
