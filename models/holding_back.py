"""How strongly a linear head is held back, as cross-validation finds best (Stone 1974)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from models.head import Head, warm_start
from models.report import Report

PENALTIES = tuple(10.0 ** (-power / 2) for power in range(10, 1, -1))  # of the squared weights, weakest first
FOLDS = 5
MOST = 20_000  # items that the choice is made on


def choose(features: Tensor, labels: Tensor, classes: int, *, seed: int, report: Report) -> float:
    """The penalty with which heads are surest of the right classes of items they were not fitted to.

    Args:
        features: (items, width) and labels (items,), of all that may be learnt from.
    """
    random = np.random.default_rng(seed)
    rows = random.permutation(len(labels))[:MOST]
    folds = [torch.from_numpy(fold) for fold in np.array_split(rows, FOLDS)]
    losses = torch.zeros(len(PENALTIES))
    for number, held in enumerate(folds):
        report.check()
        report.progress("folds", number, FOLDS)
        others = torch.cat([fold for other, fold in enumerate(folds) if other != number])
        for place, penalty in enumerate(PENALTIES):
            head = fit(features[others], labels[others], classes, penalty)
            with torch.no_grad():
                losses[place] += nn.functional.cross_entropy(head(features[held]), labels[held], reduction="sum")
    report.progress("folds", FOLDS, FOLDS)
    return PENALTIES[int(losses.argmin())]


def fit(features: Tensor, labels: Tensor, classes: int, penalty: float) -> Head:
    """A linear head on these features, standardised by them."""
    head = Head(features.shape[1], classes, hidden=0, activation="relu", dropout=0.0).to(features.device)
    head.standardise(features)
    warm_start(head, features, labels, penalty=penalty)
    return head
