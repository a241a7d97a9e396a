"""Whether a model is as often right as it is sure, and the temperature that makes it so.

scipy is imported where it is first asked: pages that show no figures start without it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.evaluation.decision import LEAST, tempered

BINS = 10
JUDGED = 30  # minimum number of examples in a confidence range whose accuracy is shown
FEWEST = 20  # examples that a temperature is fitted to
STEEPEST = 3.0  # of the logarithm of a temperature, to either side
SURE = 1.96  # standard errors within which a mean difference is chance, in 95 of 100 cases


@dataclass(frozen=True)
class Reliability:
    """Per bin of confidence that holds items: how many, their mean confidence, and the share that was right."""

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error (Guo et al. 2017): the bins' mean distance, weighted by their items."""
        return float(np.average(np.abs(self.confidence - self.accuracy), weights=self.counts))

    @property
    def mean_confidence(self) -> float:
        return float(np.average(self.confidence, weights=self.counts))

    @property
    def lean(self) -> float:
        """Above 0: surer than it is right; below: more often right than it is sure."""
        return float(np.average(self.confidence - self.accuracy, weights=self.counts))

    @property
    def chance(self) -> float:
        """How far `lean` may be from 0 by chance alone, were every confidence true: that of independent draws."""
        spread = float((self.counts * self.confidence * (1 - self.confidence)).sum()) ** 0.5
        return SURE * spread / float(self.counts.sum())


def reliability(confidence: np.ndarray, right: np.ndarray) -> Reliability:
    """Bins of equal width; `confidence` (items,) of the class named, `right` (items,) whether it was."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    held = counts > 0
    sums = (np.bincount(bins, values, minlength=BINS)[held] for values in (confidence, right))
    return Reliability(counts[held], *(total / counts[held] for total in sums))


def bands(confidence: np.ndarray, right: np.ndarray) -> list[tuple[float, float, float | None, int]]:
    """Ranges of confidence from the highest down: lowest and highest confidence, accuracy, number of items.

    A bin of fewer than `JUDGED` items is merged with the bins below it. What is left at the lower end has None for its
    accuracy: it could be merged with surer answers only, and would lend them its mistakes. [] where there are no items.
    """
    if not len(confidence):
        return []
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts, correct = (np.bincount(bins, values, minlength=BINS).astype(int) for values in (None, right))
    found, high = list[tuple[float, float, float | None, int]](), BINS
    for low in reversed(range(BINS)):
        n = int(counts[low:high].sum())
        if n >= JUDGED:
            found.append((low / BINS, high / BINS, int(correct[low:high].sum()) / n, n))
            high = low
    return [*found, (0.0, high / BINS, None, int(counts[:high].sum()))] if high else found


def answering(confidence: np.ndarray, right: np.ndarray, least: float) -> tuple[float, float | None]:
    """Coverage and accuracy when only answers with a confidence of at least `least` are given; None: there are none."""
    given = confidence >= least
    return float(given.mean()), float(right[given].mean()) if given.any() else None


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The mean cross-entropy of (items, classes) probabilities: the lower the better."""
    own = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(own, LEAST)).mean())


def can_fit(right: np.ndarray) -> bool:
    """Whether a temperature can be fitted to examples of which these (items,) are right: without a mistake, the colder
    the better it would seem."""
    return len(right) >= FEWEST and not right.all()


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float | None:
    """The temperature with the least cross-entropy on examples that the model was not fitted to (Guo et al. 2017).

    None where that cannot be, see `can_fit`.
    """
    from scipy.optimize import minimize_scalar

    if not can_fit(probabilities.argmax(1) == labels):
        return None

    def loss(power: float) -> float:
        return log_loss(tempered(probabilities, math.exp(power)), labels)

    found = minimize_scalar(loss, bounds=(-STEEPEST, STEEPEST), method="bounded", options={"xatol": 1e-3})
    return round(math.exp(found.x), 4)
