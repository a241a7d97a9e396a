"""How good predictions are, with how sure we are of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Interval = dict[str, float]


def accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    return float((labels == predicted).mean())


def macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Mean of the classes' F1; a class that neither occurs nor is predicted does not count."""
    classes = max(labels.max(), predicted.max()) + 1
    right = np.bincount(labels[labels == predicted], minlength=classes)
    named = np.bincount(labels, minlength=classes) + np.bincount(predicted, minlength=classes)
    return float((2 * right[named > 0] / named[named > 0]).mean())


def proportion(labels: np.ndarray, predicted: np.ndarray, *, z: float = 1.96) -> Interval:
    """Accuracy with its 95 % score interval (Wilson 1927), which stays honest on few items and near 100 %."""
    n, share = len(labels), accuracy(labels, predicted)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return {"value": share, "low": max(0.0, float(middle - half)), "high": min(1.0, float(middle + half))}


def interval(
    metric: Callable[[np.ndarray, np.ndarray], float],
    labels: np.ndarray,
    predicted: np.ndarray,
    *,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """The metric with its percentile bootstrap interval over items (Efron & Tibshirani 1993, chapter 13)."""
    random = np.random.default_rng(0)
    picks = random.integers(0, len(labels), (resamples, len(labels)))
    values = [metric(labels[pick], predicted[pick]) for pick in picks]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return {"value": metric(labels, predicted), "low": float(low), "high": float(high)}
