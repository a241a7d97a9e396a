"""The learning curve of a linear probe: it is fitted to parts of the training examples, several times each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from models.evaluation import folds, learning_curve
from models.evaluation.learning_curve import DRAWS, ENOUGH, SHARES, LearningCurve
from models.heads import linear_probe
from models.heads.head import ProbeConfig
from models.progress import ProgressReporter
from models.training import device

LEAST = 10  # examples in a part

Round = tuple[np.ndarray, np.ndarray]  # rows fitted to, rows judged


def measure(
    features: np.ndarray, labels: np.ndarray, classes: int, training: np.ndarray, validation: np.ndarray,
    together: np.ndarray, hold: ProbeConfig, enough: Sequence[int], where: torch.device, report: ProgressReporter,
) -> LearningCurve:  # fmt: skip
    """Fit it to 10, 25, 50 and 100 %, stratified by class.

    Args:
        features: (samples, width); `labels` and `together` (samples,), the latter as `linear_probe.out_of_fold` has it.
        training, validation: rows; a small validation part is judged out of fold, together with the training part.
        hold: what was chosen for the whole training part; for its parts it is chosen anew.
    """
    rounds, out_of_fold = _rounds(labels, training, validation, together)
    sizes = [round(share * np.mean([len(known) for known, _ in rounds])) for share in SHARES]
    used = [place for place, size in enumerate(sizes) if size >= max(LEAST, classes) or SHARES[place] == 1]
    plan = [(place, draw) for place in used for draw in range(DRAWS if SHARES[place] < 1 else 1)]
    right: dict[int, list[np.ndarray]] = {place: [] for place in used}
    holds = {SHARES.index(1.0): hold}
    asked = np.concatenate([rows for _, rows in rounds])
    random = np.random.default_rng(0)
    for done, (place, _draw) in enumerate(plan):
        answers = []
        for known, held in rounds:
            report.check()
            report.progress("curve", done, len(plan))
            some = _drawn(known, labels, together, SHARES[place], random)

            def answer(
                where: torch.device, some: np.ndarray = some, held: np.ndarray = held, place: int = place
            ) -> np.ndarray:
                seen, truth = _on(features, some, where), torch.from_numpy(labels[some]).to(where)
                if place not in holds:
                    holds[place] = linear_probe.try_one_fold(seen, truth, classes, enough=enough, prior=hold.prior)
                head = linear_probe.fit(seen, truth, classes, holds[place])
                with torch.no_grad():
                    return head(_on(features, held, where)).argmax(1).cpu().numpy()

            answers.append(device.there_or_here(answer, where, report))
        right[place].append(np.concatenate(answers) == labels[asked])
    report.progress("curve", len(plan), len(plan))
    return learning_curve.of_classes([sizes[place] for place in used], [np.array(right[place]) for place in used],
                                     labels[asked], classes, out_of_fold=out_of_fold)  # fmt: skip


def _rounds(
    labels: np.ndarray, training: np.ndarray, validation: np.ndarray, together: np.ndarray
) -> tuple[list[Round], bool]:
    if len(validation) >= ENOUGH:
        return [(training, validation)], False
    rows = np.concatenate([training, validation])
    fold = folds.assign(labels[rows], together[rows], linear_probe.FOLDS)
    parts = [(rows[fold != number], rows[fold == number]) for number in range(linear_probe.FOLDS)]
    return [(known, held) for known, held in parts if len(known) and len(held)], True


def _drawn(
    known: np.ndarray, labels: np.ndarray, together: np.ndarray, share: float, random: np.random.Generator
) -> np.ndarray:
    """So large a part of the rows: the same share of every class, and whole groups, each by the class of its first."""
    rows = random.permutation(known)
    groups = np.where(together[rows] >= 0, together[rows], -1 - np.arange(len(rows)))
    table = pd.DataFrame({"group": pd.factorize(groups)[0], "label": labels[rows]})
    first = table.drop_duplicates("group")
    order, size = first.groupby("label").cumcount(), first.groupby("label")["label"].transform("size")
    rank = (order + random.random(len(first))) / size  # by it every beginning of the list is stratified
    placed = pd.Series(rank.to_numpy(), index=first["group"]).reindex(table["group"]).to_numpy()
    return np.sort(rows[np.argsort(placed, kind="stable")[: max(1, round(share * len(rows)))]])


def _on(features: np.ndarray, rows: np.ndarray, where: torch.device) -> torch.Tensor:
    return torch.from_numpy(np.array(features[rows])).to(where)
