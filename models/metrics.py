"""How good predictions are, with how sure we are of it."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np

Interval = dict[str, float]

FALLING = frozenset({"loss", "wer", "cer", "raw_wer", "raw_cer"})  # of these the lower is the better


def is_share(name: str) -> bool:
    """Whether it is told in percent; the metrics of lists, as NDCG@10, are told as numbers from 0 to 1."""
    return "@" not in name


def accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    return float((labels == predicted).mean())


def macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Mean of the classes' F1; a class that neither occurs nor is predicted does not count."""
    classes = max(labels.max(), predicted.max()) + 1
    right = np.bincount(labels[labels == predicted], minlength=classes)
    named = np.bincount(labels, minlength=classes) + np.bincount(predicted, minlength=classes)
    return float((2 * right[named > 0] / named[named > 0]).mean())


def interval(
    metric: Callable[[np.ndarray, np.ndarray], float],
    labels: np.ndarray,
    predicted: np.ndarray,
    *,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """The metric with its percentile bootstrap interval over items (Efron & Tibshirani 1993, chapter 13).

    Two items are added to those that are drawn from, one right and one wrong (Laplace's rule of succession): few items
    without a mistake would otherwise look certain.
    """
    value, random = metric(labels, predicted), np.random.default_rng(0)
    classes = max(int(labels.max()), int(predicted.max()), 1) + 1
    values = [metric(*_resample(labels, predicted, classes, random)) for _ in range(resamples)]
    low, high = map(float, np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))
    # resamples of few items can lack whole classes, and then none of them comes up to the value
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def _resample(
    labels: np.ndarray, predicted: np.ndarray, classes: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """As many items as there are; where an added one is drawn, an item of the others is made right, or wrong."""
    n = len(labels)
    drawn = random.integers(0, n + 2, n)
    rows = np.where(drawn < n, drawn, random.integers(0, n, n))
    truth, said = labels[rows], predicted[rows]
    said[drawn == n] = truth[drawn == n]
    wrong = drawn == n + 1
    said[wrong] = (truth[wrong] + random.integers(1, classes, wrong.sum())) % classes
    return truth, said


def wilson(right: np.ndarray, *, z: float = 1.96) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927), which stays honest on few items and near 100 %."""
    n, share = len(right), float(right.mean())
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """(classes, classes) counts: rows by label, columns by what was predicted."""
    return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)


def per_class(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """precision, recall, f1 and support of each class of a confusion matrix; 0 where nothing was right."""
    right, labelled, named = matrix.diagonal(), matrix.sum(1), matrix.sum(0)
    return {
        "precision": right / np.maximum(named, 1),
        "recall": right / np.maximum(labelled, 1),
        "f1": 2 * right / np.maximum(labelled + named, 1),
        "support": labelled,
    }


def top(probabilities: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Share of items whose label is among the `k` likeliest classes; of equal probabilities the label comes last."""
    own = probabilities[np.arange(len(labels)), labels]
    return float(((probabilities >= own[:, None]).sum(1) <= k).mean())


def roc_auc(probabilities: np.ndarray, labels: np.ndarray) -> float | None:
    """Mean over classes of the area under each one's ROC curve against all others (Hanley & McNeil 1982).

    A class that all items have, or none, has no curve; None when that holds for every class.
    """
    areas = []
    for number in range(probabilities.shape[1]):
        positive = labels == number
        count = int(positive.sum())
        if 0 < count < len(labels):
            ranks = _ranks(probabilities[:, number])
            smaller = ranks[positive].sum() - count * (count + 1) / 2
            areas.append(smaller / (count * (len(labels) - count)))
    return float(np.mean(areas)) if areas else None


def _ranks(values: np.ndarray) -> np.ndarray:
    """1 for the smallest; equal values share the mean of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def sign_test(gained: int, lost: int) -> float:
    """How likely so large a difference is by chance alone, two-sided and exact (McNemar 1947)."""
    total = gained + lost
    tail = sum(comb(total, k) for k in range(min(gained, lost) + 1)) / 2**total
    return min(1.0, 2 * tail)
