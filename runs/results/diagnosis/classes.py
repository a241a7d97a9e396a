"""What the answers of a classifier show: it is too simple for its data, overlooks a small class, or is too sure."""

from __future__ import annotations

import numpy as np

from models.evaluation import metrics
from models.evaluation.calibration import SURE, reliability
from models.evaluation.predictions import Predictions
from runs.results.diagnosis import DEVIATIONS, RARE, Diagnosis

FEW = 20  # answers below which nothing is said of them
AS_OFTEN = 0.5  # of the mistakes on examples that were held back, as many on those it learnt from at least
GOOD = 0.9  # accuracy on training examples from which on nobody calls that underfitting
UNEVEN = 3  # times as large as the small class the largest is, at least
LOST = 0.2  # recall of a small class below the accuracy, at least
CLOSE = 0.03  # between confidence and accuracy, which is not worth a word


def as_wrong_on_training(outcome: Predictions) -> tuple[float, float] | None:
    """The accuracy on the examples that a head learnt from and on those that were held back, where its mistakes on both
    are about as many: more examples would not help it. None where not, or where nobody asked: only a head on frozen
    features tells what it says of its training examples."""
    learnt, held_back = outcome.of("train"), outcome.out_of_fold
    if held_back is None or (~learnt.right).sum() < FEW:
        return None
    known, new = float(learnt.right.mean()), float(held_back.right.mean())
    return (known, new) if 1 - known >= AS_OFTEN * (1 - new) else None


def underfitting(outcome: Predictions) -> Diagnosis | None:
    """Where the training examples themselves are mistaken too often."""
    found = as_wrong_on_training(outcome)
    if found is None or metrics.wilson(outcome.of("train").right)[1] >= GOOD:
        return None
    return Diagnosis("underfitting", {"known": found[0], "new": found[1]})


def imbalance(test: Predictions) -> Diagnosis | None:
    """The small class that is found less often than all others together, by Fisher's exact test; p is multiplied by the
    number of small classes (Bonferroni)."""
    from scipy.stats import fisher_exact

    counts = np.bincount(test.labels, minlength=len(test.classes))
    small = [int(n) for n in np.flatnonzero((counts > 0) & (UNEVEN * counts <= counts.max(initial=0)))]
    right, accuracy = int(test.right.sum()), float(test.right.mean()) if len(test.labels) else 0.0
    found = []
    for number in small:
        of, got = int(counts[number]), int(test.right[test.labels == number].sum())
        others = right - got, len(test.labels) - of - (right - got)
        p = len(small) * float(fisher_exact([[got, of - got], list(others)], alternative="less").pvalue)
        if p < RARE and got / of <= accuracy - LOST:
            found.append((p, number, got, of))
    if not found:
        return None
    _p, number, got, of = min(found)
    return Diagnosis("imbalance", {"accuracy": accuracy, "class": test.classes[number], "recall": got / of, "got": got,
                                   "of": of})  # fmt: skip


def overconfident(test: Predictions) -> Diagnosis | None:
    """Where the mean confidence lies above the accuracy, by more than true confidences would come to by chance."""
    if not len(test.labels):
        return None
    found = reliability(test.confidence, test.right)
    if found.lean < max(CLOSE, found.chance * DEVIATIONS / SURE):
        return None
    return Diagnosis("overconfident", {"confidence": found.mean_confidence, "accuracy": float(test.right.mean()),
                                       "points": 100 * found.error})  # fmt: skip


def guessing(outcome: Predictions) -> float | None:
    """The cross-entropy of naming each class as often as it is."""
    counts = np.bincount(outcome.labels)
    shares = counts[counts > 0] / max(counts.sum(), 1)
    return float(-(shares * np.log(shares)).sum()) if len(shares) > 1 else None
