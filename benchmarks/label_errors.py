"""How many wrong labels are found: five of a hundred labels of the training part are flipped, then looked for.

    python -m benchmarks.label_errors --out
    python -m benchmarks.label_errors --mode lora --sets sst2 --seeds 1

Of as many first-listed labels as were flipped, how many are; what the list brings where nothing was flipped; what the
accuracy of a linear head on the test part is with the flipped labels, with those mended that are among the
first-listed, and with none flipped. The same heads are asked as in a run with untouched settings: frozen features, L2
penalty chosen by cross-validation on the labels as they are, each label judged by a head that was fitted without it.
With `--mode` a run is trained that moves the body, on the flipped labels; heads on its features judge too. `networks`
in its place: as a check that is more thorough has it, three networks judge that were trained without what they judge.
Everything but the last three columns is of the training part. Where cleanlab is installed, its methods are asked about
the same probabilities.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

import cases
from benchmarks import prepared, table
from benchmarks.head_training import SETS, read
from cases.classification.trainer import ClassifierTrainer
from cases.dataset import Dataset
from cases.settings import as_json
from models.evaluation import label_errors
from models.evaluation.predictions import Predictions
from models.heads import linear_probe
from models.progress import QUIET
from runs import paths
from runs.jobs import label_check

BARS = {"flowers": 0.7, "sst2": 0.6, "digits": 0.7}  # of the first-listed are flipped
FLIPPED, BEYOND, SEEDS = 0.05, 0.03, 3
NETWORKS = "networks"
SHOWN = ("set", "labels", "flipped", "found", "bar", "", "listed", "of the listed", "listed, none flipped",
         "accuracy flipped", "mended", "none flipped")  # fmt: skip


class Judged:
    """The features of one data set, and what heads on them say of its labels.

    `learnt`, `tested`: places of what may be learnt from, and of the test part; `mode`: the part of the network that a
    run trains before its labels are judged.
    """

    def __init__(self, name: str, mode: str = "head") -> None:
        self.name, self.mode, self.dataset = name, mode, read(name)
        case, _, chosen = SETS[name]
        dataset = self.dataset
        with tempfile.TemporaryDirectory() as folder:
            context, items = prepared.inputs(case, dataset, chosen, Path(folder))
            self.second = items.second
            self.features = torch.from_numpy(np.array(items.features(QUIET).open()[:], np.float32))
        self.context, self.labels = context, context.labels.copy()
        self.classes, self.enough = len(dataset.classes), items.network.enough
        rows = context.rows
        self.learnt, self.tested = np.concatenate([rows["train"], rows["validation"]]), rows["test"]
        none = np.full(len(self.labels), -1)
        self.alike = dataset.samples["alike"].to_numpy() if "alike" in dataset.samples else none

    def flipped(self, seed: int) -> np.ndarray:
        """Places among `learnt` whose label is made another one."""
        random = np.random.default_rng(seed)
        return np.sort(random.permutation(len(self.learnt))[: round(FLIPPED * len(self.learnt))])

    def with_flipped(self, places: np.ndarray, seed: int) -> np.ndarray:
        """(learnt,) labels, any other class as likely."""
        labels = self.labels[self.learnt].copy()
        labels[places] += np.random.default_rng(seed + 1000).integers(1, self.classes, len(places))
        return labels % self.classes

    def hold(self, labels: np.ndarray) -> linear_probe.ProbeConfig:
        features, told = self.features[torch.from_numpy(self.learnt)], torch.from_numpy(labels)
        return linear_probe.select_penalty_cv(features, told, self.classes, enough=self.enough, report=QUIET)

    def probabilities(self, labels: np.ndarray, hold: linear_probe.ProbeConfig) -> np.ndarray:
        """(learnt, classes)"""
        if self.mode == NETWORKS:
            return self._by_networks(labels, self._by_frozen(labels, hold))
        return self._by_frozen(labels, hold) if self.mode == "head" else self._by_run(labels)

    def _by_networks(self, labels: np.ndarray, heads: np.ndarray) -> np.ndarray:
        case, dataset = cases.get(SETS[self.name][0]), self.dataset
        changed = np.flatnonzero(labels != self.labels[self.learnt])
        edits = {int(self.learnt[place]): dataset.classes[labels[place]] for place in changed}
        flipped, settings = Dataset.open(dataset.folder, edits), as_json(self.context.settings)
        with tempfile.TemporaryDirectory() as folder:
            rows, told = label_check.judge(case, flipped, settings, Path(folder), paths.cache(), QUIET)
        items = pd.DataFrame({"id": self.learnt, "part": "train", "label": labels})
        judged = Predictions(tuple(dataset.classes), items, heads, np.zeros((len(labels), 0)))
        return label_check.joined(judged, rows, told)

    def _by_frozen(self, labels: np.ndarray, hold: linear_probe.ProbeConfig) -> np.ndarray:
        vars(self.context)["labels"] = self._all(labels)  # what counts words reads them there
        rows, second = self.learnt, self.second
        beside = [lambda known, held: second.fit(rows[known]).probabilities(rows[held])] if second else []
        features, told = self.features[torch.from_numpy(rows)], torch.from_numpy(labels)
        return linear_probe.out_of_fold(features, told, self.classes, hold, self.alike[rows], QUIET, beside)

    def _by_run(self, labels: np.ndarray) -> np.ndarray:
        case, _, chosen = SETS[self.name]
        with tempfile.TemporaryDirectory() as folder:
            torch.manual_seed(0)
            context, items = prepared.inputs(case, self.dataset, {**chosen, "mode": self.mode}, Path(folder))
            vars(context)["labels"] = self._all(labels)
            trainer = ClassifierTrainer(context, items, QUIET)
            trainer.fit(QUIET)
            judged = trainer.evaluate(QUIET).outcome.out_of_fold
        place = {row: number for number, row in enumerate(judged.rows.tolist())}
        return judged.probabilities[[place[row] for row in self.learnt.tolist()]]

    def _all(self, labels: np.ndarray) -> np.ndarray:
        """(samples,) with these of what may be learnt from."""
        every = self.labels.copy()
        every[self.learnt] = labels
        return every

    def accuracy(self, labels: np.ndarray, hold: linear_probe.ProbeConfig) -> float:
        """On the test part, of the head that a run with the final fit gives."""
        learnt, tested = torch.from_numpy(self.learnt), torch.from_numpy(self.tested)
        head = linear_probe.fit(self.features[learnt], torch.from_numpy(labels), self.classes, hold)
        with torch.no_grad():
            said = head(self.features[tested]).argmax(1).numpy()
        return float((said == self.labels[self.tested]).mean())


def looked_for(judged: Judged, seed: int) -> dict[str, Any]:
    """What comes of flipping by this seed."""
    places = judged.flipped(seed)
    labels = judged.with_flipped(places, seed)
    began = time.perf_counter()
    hold = judged.hold(labels)
    told = judged.probabilities(labels, hold)
    seconds = time.perf_counter() - began
    listed, _likely = label_errors.suspects(told, labels)
    first = label_errors.ranked(told, labels)[: len(places)]
    mended = labels.copy()
    found = np.intersect1d(first, places)
    mended[found] = judged.labels[judged.learnt][found]
    return {
        "flipped": len(places), "seconds": seconds, "found": len(found) / len(places),
        "listed": len(listed) / len(labels), "right": float(np.isin(listed, places).mean()) if len(listed) else None,
        "accuracy": {"flipped": judged.accuracy(labels, hold),
                     "mended": judged.accuracy(mended, judged.hold(mended))},
        "cleanlab": dict(beside(told, labels, places)),
    }  # fmt: skip


def untouched(judged: Judged) -> dict[str, Any]:
    labels = judged.labels[judged.learnt]
    hold = judged.hold(labels)
    told, nobody = judged.probabilities(labels, hold), np.empty(0, int)
    listed, _likely = label_errors.suspects(told, labels)
    return {"listed": len(listed) / len(labels), "accuracy": judged.accuracy(labels, hold),
            "cleanlab": dict(beside(told, labels, nobody))}  # fmt: skip


def beside(told: np.ndarray, labels: np.ndarray, places: np.ndarray) -> Iterator[tuple[str, dict[str, float]]]:
    """Of each way of cleanlab the share of labels it lists, and of its first-listed, how many were flipped."""
    if not find_spec("cleanlab"):
        return
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    for way in ("prune_by_noise_rate", "prune_by_class", "both", "confident_learning"):
        found = find_label_issues(labels, told, filter_by=way, n_jobs=1)
        for score in ("self_confidence", "normalized_margin"):
            order = np.argsort(get_label_quality_scores(labels, told, method=score), kind="stable")[: len(places)]
            share = float(np.isin(order, places).mean()) if len(places) else 0.0
            yield f"{way}, {score}", {"listed": float(found.mean()), "found": share}


def main() -> None:
    parser = table.options(__doc__, "label_errors")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(BARS))
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many times labels are flipped anew")
    parser.add_argument("--mode", choices=("head", "last_blocks", "lora", "full", NETWORKS),
                        default="head",
                        help="the part of the network that is trained before labels are judged")  # fmt: skip
    parser.add_argument("--home", type=Path, help="where features are kept for the next time")
    args = parser.parse_args()
    figures, rows = {}, []
    with tempfile.TemporaryDirectory() as spare:
        os.environ["CASEBOOK_HOME"] = str(args.home or spare)
        for name in args.sets:
            judged = Judged(name, args.mode)
            runs = [looked_for(judged, seed) for seed in range(1 if args.quick else args.seeds)]
            clean = untouched(judged)
            figures[name] = {"labels": len(judged.learnt), "runs": runs, "none_flipped": clean}
            rows.append(_line(name, len(judged.learnt), runs, clean, quick=args.quick))
            table.show(SHOWN, rows[-1:])
    print()
    table.show(SHOWN, rows)
    table.write(args.out, flipped=FLIPPED, mode=args.mode, most_listed_where_none_flipped=BEYOND, sets=figures)


def _line(name: str, labels: int, runs: list[dict[str, Any]], clean: dict[str, Any], *, quick: bool) -> list[Any]:
    found = float(np.mean([run["found"] for run in runs]))
    bar = BARS.get(name)
    kept = bar is None or (found >= bar and clean["listed"] <= BEYOND)
    said = "not judged" if quick or bar is None else "met" if kept else "missed"
    accuracy = [100 * float(np.mean([run["accuracy"][way] for run in runs])) for way in ("flipped", "mended")]
    return [name, labels, runs[0]["flipped"], found, bar, said, float(np.mean([run["listed"] for run in runs])),
            float(np.mean([run["right"] or 0 for run in runs])), clean["listed"], *accuracy,
            100 * clean["accuracy"]]  # fmt: skip


if __name__ == "__main__":
    main()
