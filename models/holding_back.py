"""How strongly a linear head is held back, as cross-validation finds best (Stone 1974)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor, nn

from models.head import Head, warm_start
from models.report import Report

PENALTIES = tuple(10.0 ** (power / 2) for power in range(2, -11, -1))  # of the squared weights, strongest first
PATIENCE = 2  # weaker ones that are tried after the best
FOLDS = 5
ENOUGH, ROUNDS = 1_000, 5  # few items are parted anew until so many answers are there to choose by, at most so often
MOST = 20_000  # items that the choice is made on


@dataclass(frozen=True)
class Hold:
    """The penalty of the squared weights, and the factor that makes the scores as sure as they are right."""

    penalty: float
    factor: float


def choose(features: Tensor, labels: Tensor, classes: int, *, seed: int, report: Report) -> Hold:
    """The one with which heads are surest of the right classes of items they were not fitted to.

    What it costs to hold back strongly is certainty, which a single factor gives back (temperature scaling, Guo et
    al. 2017). Without the factor few items would be held back too little.

    Args:
        features: (items, width) and labels (items,), of all that may be learnt from.
    """
    pairs = _pairs(labels, seed)
    heads = [_blank(features[others], classes) for others, _ in pairs]
    truth = torch.cat([labels[held] for _, held in pairs])
    losses, holds = [], []
    for number, penalty in enumerate(PENALTIES):
        report.progress("folds", number, len(PENALTIES))
        scores = []
        for head, (others, held) in zip(heads, pairs, strict=True):
            report.check()
            warm_start(head, features[others], labels[others], penalty=penalty)  # goes on from the stronger one's
            with torch.no_grad():
                scores.append(head(features[held]))
        factor, loss = _sharpen(torch.cat(scores), truth)
        losses.append(loss)
        holds.append(Hold(penalty, factor))
        if number - np.argmin(losses) == PATIENCE:
            break
    report.progress("folds", len(PENALTIES), len(PENALTIES))
    return holds[int(np.argmin(losses))]


def fit(features: Tensor, labels: Tensor, classes: int, hold: Hold) -> Head:
    """A linear head on these features, standardised by them."""
    head = _blank(features, classes)
    warm_start(head, features, labels, penalty=hold.penalty)
    with torch.no_grad():
        for parameter in head.output.parameters():
            parameter *= hold.factor
    return head


def _blank(features: Tensor, classes: int) -> Head:
    head = Head(features.shape[1], classes, hidden=0, activation="relu", dropout=0.0).to(features.device)
    head.standardise(features)
    return head


def _pairs(labels: Tensor, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Rows to fit to and rows held back, fold by fold; every class is spread over all folds of a round."""
    random, classes, pairs = np.random.default_rng(seed), labels.cpu().numpy(), []
    for _ in range(min(ROUNDS, math.ceil(ENOUGH / len(classes)))):
        rows = random.permutation(len(classes))[:MOST]
        dealt = torch.from_numpy(rows[np.argsort(classes[rows], kind="stable")])
        turn = torch.arange(len(dealt)) % FOLDS
        pairs += [(dealt[turn != fold], dealt[turn == fold]) for fold in range(FOLDS)]
    return pairs


def _sharpen(scores: Tensor, labels: Tensor) -> tuple[float, float]:
    """The factor on `scores` with the least cross-entropy, and that."""

    def loss(power: float) -> float:
        return nn.functional.cross_entropy(math.exp(power) * scores, labels).item()

    found = minimize_scalar(loss, bounds=(-7, 7), method="bounded", options={"xatol": 0.01})
    return math.exp(found.x), found.fun
