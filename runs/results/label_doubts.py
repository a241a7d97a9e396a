"""Labels of a data set that are probably wrong, as an evaluated run tells, and examples that contradict each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

from cases import duplicates
from cases.dataset import LEFT_OUT, Dataset
from models.evaluation.predictions import Predictions


@dataclass(frozen=True)
class Doubt:
    """A label that is probably wrong, whose class has the probability `own`. `suggested`: what it probably is, with the
    probability `share`; both are limited to what such confidence is worth. `supported`: at least as many of the
    examples most like it have the suggested label as have its own, or none are known."""

    row: int
    part: str
    label: str
    suggested: str
    share: float
    own: float
    supported: bool = True


def of(outcome: Predictions) -> list[Doubt]:
    """Of every part, the most doubtful first, each judged by a model that was not fitted to it: training and validation
    part by heads out of fold, the test part by the network of the run. As doubtful is the label as it is less likely
    than what is suggested."""
    near, validated = _labels_near(outcome), outcome.of("validation")
    judged = ((outcome.out_of_fold or validated,) * 2, (outcome.of("test"), validated))
    return [doubt for _, doubt in sorted((one for both in judged for one in _of(*both, near)), key=itemgetter(0))]


def _labels_near(outcome: Predictions) -> dict[int, Counter[int]]:
    """Row → how many of the examples most like it have each class."""
    label = {row: kind for one in (outcome.out_of_fold, outcome) if one
             for row, kind in zip(one.rows.tolist(), one.labels.tolist(), strict=True)}  # fmt: skip
    return {row: Counter(label[other] for other in near if other in label) for row, *near in outcome.nearest.tolist()}


def _of(judged: Predictions, judge: Predictions, near: Mapping[int, Counter[int]]) -> Iterable[tuple[float, Doubt]]:
    """Each after its ratio of probabilities, as the model gave them; `judge` as `Predictions.limited_by` takes it."""
    (places, likely), limited = judged.suspected, judged.limited_by(judge).probabilities
    for place, kind in zip(places.tolist(), likely.tolist(), strict=True):
        label, shares, row = int(judged.labels[place]), judged.probabilities[place], int(judged.rows[place])
        around = near.get(row, Counter())
        yield float(shares[label] / shares[kind]), Doubt(
            row, str(judged.items["part"].iat[place]), judged.classes[label], judged.classes[kind],
            float(limited[place, kind]), float(limited[place, label]), around[kind] >= around[label],
        )  # fmt: skip


def conflicts(outcome: Predictions, dataset: Dataset) -> list[tuple[int, ...]]:
    """Rows of examples that are alike and have different labels as they are now: duplicates, then neighbours."""
    samples = dataset.samples
    found = [tuple(rows.tolist()) for rows in duplicates.contradicting(samples)]
    known = {row for rows in found for row in rows}
    labels, gone = samples["label"].to_numpy(), samples["split"].to_numpy() == LEFT_OUT
    for one, other in outcome.neighbours.tolist():
        if labels[one] != labels[other] and not (gone[one] or gone[other] or {one, other} <= known):
            found.append((one, other))
    return found


def twins(outcome: Predictions, dataset: Dataset, row: int) -> list[int]:
    """The examples that are like this one and have another label."""
    label = dataset.samples["label"]
    return [other for rows in conflicts(outcome, dataset) if row in rows
            for other in rows if label[other] != label[row]]  # fmt: skip
