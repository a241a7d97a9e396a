"""Selective prediction: below which confidence a model had better say “not sure” (Chow 1970).

A threshold is chosen on examples that the model was not fitted to and that do not test it either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.evaluation.metrics import wilson

THRESHOLDS = np.arange(1000) / 1000  # in steps of a tenth of a percent
FEWEST = 20  # answers that a share of right ones is believed of


@dataclass(frozen=True)
class Selected:
    """What came of a threshold: of `items` so many are `unsure`, and of the rest `right` are right, with the 95 %
    interval of their share from `low` to `high`; both 0 where nothing is left."""

    items: int
    unsure: int
    right: int
    low: float = 0.0
    high: float = 0.0

    @property
    def given(self) -> int:
        return self.items - self.unsure

    @property
    def precision(self) -> float | None:
        """The share of right ones among answers that are given; None where there are none."""
        return self.right / self.given if self.given else None

    @property
    def is_few(self) -> bool:
        """Whether the precision rests on too few answers."""
        return self.given < FEWEST


def selected(confidence: np.ndarray, right: np.ndarray, threshold: float) -> Selected:
    """`confidence` (items,) of the class named, `right` (items,) whether it was."""
    given = confidence >= threshold
    between = wilson(right[given]) if given.any() else (0.0, 0.0)
    return Selected(len(given), int((~given).sum()), int(right[given].sum()), *between)


def by_precision(confidence: np.ndarray, right: np.ndarray, wished: float) -> float | None:
    """The lowest threshold from which on the share of right answers is at least `wished`, on at least `FEWEST` answers;
    None where there is none."""
    given, correct = _counts(confidence, right)
    good = (given >= FEWEST) & (correct >= wished * given)
    return float(THRESHOLDS[good.argmax()]) if good.any() else None


def by_cost(confidence: np.ndarray, right: np.ndarray, cost: float) -> float:
    """The threshold with the least total cost, where a wrong answer costs `cost` times as much as a “not sure”.

    Of equal ones it is the lowest.
    """
    given, correct = _counts(confidence, right)
    return float(THRESHOLDS[(cost * (given - correct) + len(right) - given).argmin()])


def _counts(confidence: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(thresholds,) how many answers each leaves, and how many of these are right."""
    order = np.argsort(confidence, kind="stable")
    below = np.searchsorted(confidence[order], THRESHOLDS, side="left")
    correct = np.append(np.cumsum(right[order][::-1])[::-1], 0)
    return len(confidence) - below, correct[below]
