"""Which labels are probably wrong."""

from __future__ import annotations

import numpy as np

from models.evaluation.metrics import wilson_of
from models.memory import Fitting
from models.progress import ProgressReporter

CUT = 0.1  # of the probability of the likeliest other class, for a label to be listed
TINY = 1e-30  # probability, in place of 0
BLOCK, NEIGHBOUR, RATIO = 1024, 5, 0.7  # see `neighbours`
NEAREST = 10  # see `nearest`
JUDGED = 30  # see `limited`


def suspects(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Items whose label is probably another, most suspicious first, and the class each probably is.

    An item is suspected when another class is at least 1 / `CUT` times as likely as its label. Where classes overlap no
    class is much likelier than another, so hard items are seldom taken for wrong labels. The thresholds of confident
    learning (Northcutt, Jiang & Chuang 2021) were left: they passed over as many flipped labels as they spared right
    ones.

    Args:
        probabilities: (items, classes), from a model that did not learn from these items.
        labels: (items,) numbers of classes; a class that none has is never suspected.
    """
    doubt, likely = _doubted(probabilities, labels)
    found = np.flatnonzero(doubt <= CUT)
    order = np.argsort(doubt[found], kind="stable")
    return found[order], likely[found[order]]


def ranked(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(items,) places of all items, in the order of `suspects`."""
    return np.argsort(_doubted(probabilities, labels)[0], kind="stable")


def _doubted(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(items,) the probability of each label over that of the likeliest other class, and which class that is."""
    rows = np.arange(len(labels))
    others = np.where(np.bincount(labels, minlength=probabilities.shape[1]) > 0, probabilities, 0.0)
    others[rows, labels] = 0.0
    likely = others.argmax(1)
    return probabilities[rows, labels] / np.maximum(others[rows, likely], TINY), likely


def neighbours(vectors: np.ndarray, labels: np.ndarray, report: ProgressReporter) -> np.ndarray:
    """(pairs, 2) places of items that are each other's nearest and have different labels, the nearest first.

    They stand out: both are much nearer to each other than to their own `NEIGHBOUR`th neighbours (the ratio test of
    Lowe 2004). Without that, sets in which classes overlap would be full of pairs that mean nothing.

    Args:
        vectors: (items, width), of few dimensions: every item is compared with every other.
        labels: (items,) numbers of classes.
    """
    if len(vectors) <= NEIGHBOUR:
        return no_pairs()
    unit = _unit(vectors)
    nearest, ratio = np.empty(len(unit), np.int64), np.empty(len(unit), np.float32)

    def compare(start: int, stop: int) -> None:
        alike = unit[start:stop] @ unit.T
        rows = np.arange(len(alike))
        alike[rows, start + rows] = -2
        best = nearest[start + rows] = alike.argmax(1)
        other = np.partition(alike, -NEIGHBOUR, axis=1)[:, -NEIGHBOUR]
        ratio[start + rows] = (1 - alike[rows, best]) / np.maximum(1 - other, 1e-9)

    fitting = Fitting(report)
    for start in range(0, len(unit), BLOCK):
        report.check()
        fitting(compare, start, min(start + BLOCK, len(unit)))
    mine = np.arange(len(unit))
    found = (nearest[nearest] == mine) & (mine < nearest) & (labels != labels[nearest])
    found &= np.maximum(ratio, ratio[nearest]) <= RATIO
    one = mine[found][np.argsort(ratio[found], kind="stable")]
    return np.stack([one, nearest[one]], 1)


def limited(probabilities: np.ndarray, confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(items, classes) `probabilities` whose highest is at most what such confidence is worth; the rest is shared out
    among the others as before.

    Worth is the upper end of the 95 % interval of how often the model was right where it was as sure or surer, of at
    least `JUDGED` items. A temperature does not do that: it fits all confidences at once, not their upper end.

    Args:
        confidence, right: (judged items,) of the same model, about items that it did not learn from.
    """
    if not len(confidence):
        return probabilities
    order = np.argsort(-confidence, kind="stable")
    total = np.arange(1, len(order) + 1)
    upper = wilson_of(np.cumsum(right[order]), total)[1]
    rows, best = np.arange(len(probabilities)), probabilities.argmax(1)
    highest = probabilities[rows, best].astype(np.float64)
    as_sure = np.searchsorted(-confidence[order], -highest, side="right")
    worth = upper[np.clip(as_sure, min(JUDGED, len(order)), len(order)) - 1]
    others = probabilities.astype(np.float64)
    others[rows, best] = 0
    left, second = np.maximum(others.sum(1), TINY), others.max(1)
    top = np.minimum(highest, np.maximum(worth, second / (left + second)))  # it stays the likeliest
    told = others * ((1 - top) / left)[:, None]
    told[rows, best] = top
    return np.where((top < highest)[:, None], told, probabilities)


def nearest(vectors: np.ndarray, report: ProgressReporter) -> np.ndarray:
    """(items, at most `NEAREST`) places of the items that are most like each, in no order; `vectors` as `neighbours`
    takes them."""
    most = min(NEAREST, max(len(vectors) - 1, 0))
    found = np.empty((len(vectors), most), np.int64)
    if not most:
        return found
    unit = _unit(vectors)

    def compare(start: int, stop: int) -> None:
        alike = unit[start:stop] @ unit.T
        alike[np.arange(len(alike)), np.arange(start, stop)] = -2
        found[start:stop] = np.argpartition(alike, len(unit) - most, axis=1)[:, len(unit) - most :]

    fitting = Fitting(report)
    for start in range(0, len(unit), BLOCK):
        report.check()
        fitting(compare, start, min(start + BLOCK, len(unit)))
    return found


def _unit(vectors: np.ndarray) -> np.ndarray:
    centred = (vectors - vectors.mean(0)).astype(np.float32)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)


def no_pairs() -> np.ndarray:
    return np.empty((0, 2), np.int64)
