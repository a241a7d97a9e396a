"""Which labels are probably wrong."""

from __future__ import annotations

import numpy as np


def suspects(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Items whose label is probably another, most suspicious first, and the class each probably is.

    Confident learning (Northcutt, Jiang & Chuang 2021): a class counts for an item when its probability reaches
    the mean that the items labelled so have; an item is suspected when the likeliest class that counts is not
    its label.

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
    found = np.flatnonzero((counting.max(1) > 0) & (likely != labels) & (probabilities.argmax(1) != labels))
    order = np.argsort(own[found] - probabilities[found, likely[found]], kind="stable")
    return found[order], likely[found[order]]
