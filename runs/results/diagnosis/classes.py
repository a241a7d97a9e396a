"""What the answers of a classifier show: it is too simple for its data, overlooks a small class, or is too sure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.evaluation import metrics
from models.evaluation.calibration import SURE, reliability
from models.evaluation.predictions import Predictions
from runs.results.diagnosis import DEVIATIONS, RARE, Diagnosis

FEW = 20  # answers below which nothing is said of them
AS_OFTEN = 0.5  # of the mistakes on examples that were held out, as many on those it learnt from at least
APART = 0.1  # difference of the two accuracies from which on they are not about the same
GOOD = 0.9  # accuracy on training examples from which on nobody calls that underfitting
UNEVEN = 3  # times as large as the small class the largest is, at least
LOST = 0.2  # recall of a small class below the accuracy, at least
CLOSE = 0.03  # between confidence and accuracy, which is not worth a word


def as_wrong_on_training(outcome: Predictions, held_out: Mapping[str, float]) -> tuple[float, float] | None:
    """Return training and held-out accuracy of a head if they are about the same, so that more examples would not help;
    else None. Only a head on frozen features records its answers to training examples.

    Args:
        held_out: see `runs.results.predictions.held_out_accuracy`.
    """
    found = _often_wrong(outcome, held_out)
    return found if found and found[0] - found[1] < APART else None


def underfitting(outcome: Predictions, held_out: Mapping[str, float]) -> Diagnosis | None:
    """Diagnose a low training accuracy. If the held-out accuracy is far lower still, the head overfits, too, and no
    setting is to blame for both."""
    found = _often_wrong(outcome, held_out)
    if found is None or metrics.wilson(outcome.of("train").right)[1] >= GOOD:
        return None
    known, new = found
    if known - new < APART:
        return Diagnosis("underfitting", {"known": known, "new": new})
    return Diagnosis("underfitting_apart", {"known": known, "new": new, "points": 100 * (known - new)})


def _often_wrong(outcome: Predictions, held_out: Mapping[str, float]) -> tuple[float, float] | None:
    """Return both accuracies if the training error is at least `AS_OFTEN` of the held-out error."""
    learnt = outcome.of("train")
    if held_out.get("items", 0) < FEW or (~learnt.right).sum() < FEW:
        return None
    known, new = float(learnt.right.mean()), held_out["value"]
    return (known, new) if 1 - known >= AS_OFTEN * (1 - new) else None


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
