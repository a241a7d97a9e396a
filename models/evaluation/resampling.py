"""Bootstrap of metrics that are no mean of the items, and of the difference between two models on the same items.

Every metric is a function of weights: how often each item was drawn. Two models that are given the same draws differ
by what they answered, never by which items were drawn (Efron & Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from models.evaluation.metrics import Interval, roc_auc, rule_of_three

Weighted = Callable[[np.ndarray], np.ndarray]  # (draws, items) weights → (draws,) values, NaN where there is none

RESAMPLES, FEWEST = 1000, 200
BLOCK = 50  # draws in memory at once
AFFORDABLE = 2e8  # items × classes × draws that are sorted through in a second or two


def mean_of(values: np.ndarray) -> Weighted:
    """The mean over items; `values` (items,), such as whether each is right."""
    return lambda weights: weights @ values.astype(float) / np.maximum(weights.sum(1), 1)


def ratio_of(part: np.ndarray, whole: np.ndarray) -> Weighted:
    """One sum over another, as errors over words that were said; both (items,)."""
    return lambda weights: weights @ part.astype(float) / np.maximum(weights @ whole.astype(float), 1)


def macro_f1_of(labels: np.ndarray, predicted: np.ndarray, classes: int) -> Weighted:
    """See `models.evaluation.metrics.macro_f1`."""
    label, said = (np.eye(classes, dtype=np.float32)[some] for some in (labels, predicted))

    def value(weights: np.ndarray) -> np.ndarray:
        right, named = weights @ (label * said), weights @ (label + said)
        return (2 * right / np.maximum(named, 1)).sum(1) / np.maximum((named > 0).sum(1), 1)

    return value


def roc_auc_of(probabilities: np.ndarray, labels: np.ndarray) -> Weighted:
    """See `models.evaluation.metrics.roc_auc`. `weights` may have two columns more: an item of every class that is
    ranked above all others, and one that is ranked below."""
    own = labels[:, None] == np.arange(probabilities.shape[1])
    curves = [_Curve(probabilities[:, one], own[:, one]) for one in np.flatnonzero(own.any(0) & ~own.all(0))]

    def value(weights: np.ndarray) -> np.ndarray:
        areas = np.stack([curve.area(weights) for curve in curves], 1)
        there = ~np.isnan(areas)
        return np.where(there.any(1), np.nansum(areas, 1) / np.maximum(there.sum(1), 1), np.nan)

    return value


class _Curve:
    """The ROC curve of one class: its items in the order of their scores, of which equal ones stand together."""

    def __init__(self, scores: np.ndarray, own: np.ndarray) -> None:
        self.order = np.argsort(scores, kind="stable")
        self.own = own[self.order]
        self.starts = np.flatnonzero(np.diff(scores[self.order], prepend=-np.inf) > 0)

    def area(self, weights: np.ndarray) -> np.ndarray:
        """(draws,): how likely an item of the class ranks above another; NaN where a draw has only one of the two."""
        drawn = weights[:, self.order]
        above, below = (weights[:, -2], weights[:, -1]) if weights.shape[1] > len(self.order) else (0.0, 0.0)
        mine, others = (np.add.reduceat(drawn * some, self.starts, axis=1) for some in (self.own, ~self.own))
        passed = others.cumsum(1) - others / 2  # of equal scores each counts half
        positives, negatives = mine.sum(1) + above + below, others.sum(1)
        pairs = positives * negatives
        won = (mine * passed).sum(1) + above * negatives
        return np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def roc_auc_interval(probabilities: np.ndarray, labels: np.ndarray, *, level: float = 0.95) -> Interval | None:
    """The area with its percentile bootstrap interval over items; None where no class has a curve.

    Two items are added to those that are drawn from, one ranked above all others and one below, so that few items in a
    perfect order do not look certain. Items are drawn alike whoever answered, in the order of their class and of the
    probability of that: equal curves of two classes have equal intervals, whichever items are on them.
    """
    value = roc_auc(probabilities, labels)
    if value is None:
        return None
    own = probabilities[np.arange(len(labels)), labels]
    order = np.lexsort((own, labels))
    area, items = roc_auc_of(probabilities[order], labels[order]), len(labels)
    values = _over(area, items, items + 2, resamples=affordable(items * probabilities.shape[1]))
    return _bounded(value, values, level)


def difference(one: Weighted, other: Weighted, items: int, *, draws: int = RESAMPLES, level: float = 0.95) -> Interval:
    """How much more `one` has than `other`, with its paired percentile bootstrap interval over the same items.

    Where no draw differs, none of the items makes a difference, so that of new ones few do (`rule_of_three`): each is
    taken to change the figure as an item that is right or wrong changes a share of as many.
    """
    values = _over(lambda weights: one(weights) - other(weights), items, items, resamples=draws)
    if len(known := values[~np.isnan(values)]) and np.ptp(known) == 0:
        most = rule_of_three(items, level)
        values = known[0] + np.array([-most, most])
    return _bounded(_at_all(one, items) - _at_all(other, items), values, level)


def affordable(cost: int) -> int:
    """How many draws are made where one of them passes through so many numbers."""
    return int(np.clip(AFFORDABLE / max(cost, 1), FEWEST, RESAMPLES))


def _at_all(metric: Weighted, items: int) -> float:
    return float(metric(np.ones((1, items), np.float32))[0])


def _over(metric: Weighted, items: int, drawn_from: int, *, resamples: int) -> np.ndarray:
    return np.concatenate([metric(weights) for weights in _draws(items, drawn_from, resamples)])


def _draws(items: int, drawn_from: int, resamples: int) -> Iterator[np.ndarray]:
    """(up to `BLOCK`, drawn_from) float32: how often each is among as many as there are items; the same every time."""
    random, chance = np.random.default_rng(0), np.full(drawn_from, 1 / drawn_from)
    for start in range(0, resamples, BLOCK):
        yield random.multinomial(items, chance, size=min(BLOCK, resamples - start)).astype(np.float32)


def _bounded(value: float, values: np.ndarray, level: float) -> Interval:
    found = values[~np.isnan(values)]
    if not len(found):
        return {"value": value, "low": value, "high": value}
    low, high = map(float, np.quantile(found, [(1 - level) / 2, (1 + level) / 2]))
    return {"value": value, "low": min(low, value), "high": max(high, value)}
