"""Which labels are probably wrong."""

from __future__ import annotations

import numpy as np

from models.progress import ProgressReporter

CUT = 0.1  # of the probability of its own class, for a label to be listed
BLOCK, NEIGHBOUR, RATIO = 1024, 5, 0.7  # see `neighbours`


def suspects(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Items whose label is probably another, most suspicious first, and the class each probably is.

    Confident learning (Northcutt, Jiang & Chuang 2021): a class counts for an item when its probability reaches
    the mean that the items labelled so have; an item is suspected when the likeliest class that counts is not
    its label. Of these only such are listed whose own class has at most the probability `CUT`: where classes overlap
    the rest are hard items, not wrong labels.

    Args:
        probabilities: (items, classes), from a model that did not learn from these items.
        labels: (items,) numbers of classes.
    """
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    own = probabilities[np.arange(len(labels)), labels]
    usual = np.bincount(labels, own, minlength=len(counts)) / np.maximum(counts, 1)
    usual[counts == 0] = np.inf  # a class nobody was labelled with gives no measure
    counting = np.where(probabilities >= usual, probabilities, -1.0)
    likely = counting.argmax(1)
    other = (counting.max(1) > 0) & (likely != labels) & (probabilities.argmax(1) != labels)
    found = np.flatnonzero(other & (own <= CUT))
    order = np.argsort(own[found], kind="stable")
    return found[order], likely[found[order]]


def ranked(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(items,) places of all items, as `suspects` orders those that it lists; the others follow."""
    listed, _likely = suspects(probabilities, labels)
    order = np.argsort(probabilities[np.arange(len(labels)), labels], kind="stable")
    return np.concatenate([listed, order[~np.isin(order, listed)]])


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
    centred = (vectors - vectors.mean(0)).astype(np.float32)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    nearest, ratio = np.empty(len(unit), np.int64), np.empty(len(unit), np.float32)
    for start in range(0, len(unit), BLOCK):
        report.check()
        alike = unit[start : start + BLOCK] @ unit.T
        rows = np.arange(len(alike))
        alike[rows, start + rows] = -2
        best = nearest[start + rows] = alike.argmax(1)
        other = np.partition(alike, -NEIGHBOUR, axis=1)[:, -NEIGHBOUR]
        ratio[start + rows] = (1 - alike[rows, best]) / np.maximum(1 - other, 1e-9)
    mine = np.arange(len(unit))
    found = (nearest[nearest] == mine) & (mine < nearest) & (labels != labels[nearest])
    found &= np.maximum(ratio, ratio[nearest]) <= RATIO
    one = mine[found][np.argsort(ratio[found], kind="stable")]
    return np.stack([one, nearest[one]], 1)


def no_pairs() -> np.ndarray:
    return np.empty((0, 2), np.int64)
