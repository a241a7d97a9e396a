"""Labels of a data set that are probably wrong, as an evaluated run tells, and examples that contradict each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cases import duplicates
from cases.dataset import LEFT_OUT, Dataset
from models.evaluation.predictions import Predictions


@dataclass(frozen=True)
class Doubt:
    """A label that is probably wrong, whose class has the probability `own`. `suggested`: what it probably is, with the
    probability `share`."""

    row: int
    part: str
    label: str
    suggested: str
    share: float
    own: float


def of(outcome: Predictions) -> list[Doubt]:
    """Of every part, the most doubtful first, each judged by a model that was not fitted to it: training and validation
    part by heads out of fold, the test part by the network of the run. As doubtful is the label as it is less likely
    than what is suggested."""
    judged = (outcome.out_of_fold or outcome.of("validation"), outcome.of("test"))
    return sorted((doubt for one in judged for doubt in _of(one)), key=lambda doubt: doubt.own / doubt.share)


def _of(judged: Predictions) -> Iterable[Doubt]:
    places, likely = judged.suspected
    for place, kind in zip(places.tolist(), likely.tolist(), strict=True):
        label, shares = int(judged.labels[place]), judged.probabilities[place]
        yield Doubt(int(judged.rows[place]), str(judged.items["part"].iat[place]), judged.classes[label],
                    judged.classes[kind], float(shares[kind]), float(shares[label]))  # fmt: skip


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
