"""How a metric grows with the number of training examples, and what as many again would bring.

The error falls as a power law towards a floor, a + b·n^-c (Cortes et al. 1994, "Learning curves: asymptotic values and
rate of convergence"; Hestness et al. 2017, "Deep learning scaling is predictable, empirically").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import curve_fit

from models.evaluation.metrics import Interval
from models.evaluation.significance import paired_shares

RISING, FLAT, UNCLEAR, FEW = "rising", "flat", "unclear", "few"
SHARES = (0.1, 0.25, 0.5, 1.0)  # of the training examples
DRAWS = 3  # of each part but the whole
SIZES = 4  # that a power law with three numbers is fitted to at least
FEWEST = 30  # examples that are judged
ENOUGH = 200  # examples of a validation part that are judged on; with fewer all are judged out of fold
FEWEST_OF_CLASS = 10  # the same for one class
RESAMPLES = 100
AHEAD = (1.0, 1.25, 1.5, 1.75, 2.0)  # times the examples there are, where the continuation is told
LEVEL = 0.95


@dataclass(frozen=True)
class Scale:
    """How large differences of a metric between 0 and 1 are: `nothing`, a gain of twice the examples that is not worth
    collecting them; `wide`, an interval of the gain that tells nothing; `off`, so far a measured point may lie from the
    power law."""

    nothing: float
    wide: float
    off: float


OF_ACCURACY = Scale(nothing=0.01, wide=0.15, off=0.02)
OF_RANKING = Scale(nothing=0.003, wide=0.05, off=0.007)  # a third: NDCG of all items ranked rarely exceeds that


@dataclass(frozen=True)
class Point:
    """The metric with `n` training examples and its interval over draws and judged examples."""

    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ClassRise:
    """How much the recall of a class grew from half of the examples to all; `low` and `high` hold for all classes
    together (Bonferroni). `n`: judged examples of the class."""

    number: int
    n: int
    recall: float
    rise: float
    low: float
    high: float


@dataclass(frozen=True)
class LearningCurve:
    """`gain`: what as many examples again would bring, by the power law; None where it cannot be fitted. `ahead`: the
    power law from now on. `classes`: empty where there are none. `out_of_fold`: judged by cross-validation, for the
    validation part is small. `interactions`: those of as many examples as `more`, where an example is a user."""

    points: tuple[Point, ...]
    ahead: tuple[Point, ...]
    verdict: str
    gain: Interval | None
    classes: tuple[ClassRise, ...]
    judged: int
    out_of_fold: bool
    interactions: int = 0

    @property
    def more(self) -> int:
        """Examples that `gain` is told of: as many as there are."""
        return self.points[-1].n

    @property
    def most_rising(self) -> ClassRise | None:
        """The class whose recall still grows most, where that is more than chance."""
        return max((one for one in self.classes if one.low > 0), key=lambda one: one.rise, default=None)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> LearningCurve:
        lists = {"points": Point, "ahead": Point, "classes": ClassRise}
        made = {name: tuple(kind(**one) for one in told[name]) for name, kind in lists.items()}
        return cls(**{**told, **made})


def of_classes(
    sizes: Sequence[int], right: Sequence[np.ndarray], labels: np.ndarray, classes: int, *, out_of_fold: bool
) -> LearningCurve:
    """The curve of the accuracy, and how much the recall of each class grew.

    Args:
        sizes, right: as `fitted` has them; the scores are bool, whether a head is right about a judged item.
        labels: (items,) numbers of their classes.
    """
    found = fitted(sizes, right, OF_ACCURACY, out_of_fold=out_of_fold)
    rises = tuple(_rises(right[-2], right[-1], labels, classes)) if len(sizes) > 1 else ()
    return replace(found, classes=rises)


def fitted(
    sizes: Sequence[int], scores: Sequence[np.ndarray], scale: Scale, *, out_of_fold: bool, interactions: int = 0
) -> LearningCurve:
    """The curve of what was measured.

    Args:
        sizes: training examples, the fewest first, all of them last.
        scores: of each size (draws, items) from 0 to 1, how well a model of that draw answers a judged item; their mean
            is the metric.
    """
    drawn, judged = _resampled(scores), scores[0].shape[1]
    points = [_point(n, float(some.mean()), values) for n, some, values in zip(sizes, scores, drawn.T, strict=True)]
    verdict, gain = FEW, None
    ahead: Sequence[Point] = ()
    if len(sizes) >= SIZES and judged >= FEWEST:
        verdict, gain, ahead = _continued(np.array(sizes), points, drawn, scale)
    return LearningCurve(tuple(points), tuple(ahead), verdict, gain, (), judged, out_of_fold, interactions)


def _point(n: int, value: float, resampled: np.ndarray) -> Point:
    """The interval holds the value."""
    low, high = _bounds(resampled)
    return Point(n, value, min(low, value), max(high, value))


def _resampled(scores: Sequence[np.ndarray]) -> np.ndarray:
    """(resamples, sizes) of the metric: the same items are drawn for all sizes, and draws among those of each.

    Two items are added to those that are drawn from, of which at each size either one is right and the other wrong, so
    that neither a metric nor its rise looks certain where all is right (Agresti & Min 2005, "Simple improved confidence
    intervals for comparing matched proportions").
    """
    random, items = np.random.default_rng(0), scores[0].shape[1]
    found = np.empty((RESAMPLES, len(scores)))
    for number in range(RESAMPLES):
        drawn = random.multinomial(items, np.full(items + 2, 1 / (items + 2))) / items
        weights, added = drawn[:items], drawn[items:]
        found[number] = [(some @ weights)[random.integers(len(some), size=len(some))].mean() + random.choice(added)
                         for some in scores]  # fmt: skip
    return found.clip(0, 1)  # sums of weights miss 1 by their rounding


def _continued(
    sizes: np.ndarray, points: Sequence[Point], drawn: np.ndarray, scale: Scale
) -> tuple[str, Interval | None, list[Point]]:
    shares, spread = sizes / sizes[-1], np.maximum(drawn.std(0), 1e-3)
    whole = _power_law(shares, 1 - np.array([one.value for one in points]), spread)
    if whole is None:
        return UNCLEAR, None, []
    fits = [law for values in drawn if (law := _power_law(shares, 1 - values, spread)) is not None]
    if len(fits) < RESAMPLES // 2:
        return UNCLEAR, None, []
    told = lambda law: np.array([1 - _error(np.array(times), *law) for times in AHEAD])  # noqa: E731
    best, others = told(whole), np.array([told(law) for law in fits])
    low, high = _bounds(others[:, -1] - others[:, 0])
    value = float(best[-1] - best[0])
    remaining = 1 - points[-1].low if points[-1].value == 1 else 0.0  # error, all of which more examples may end
    gain: Interval = {"value": value, "low": min(low, value), "high": max(high, value, remaining)}
    ahead = [Point(round(times * sizes[-1]), float(one), *_bounds(column))
             for times, one, column in zip(AHEAD, best, others.T, strict=True)]  # fmt: skip
    residual = np.abs(1 - _error(shares, *whole) - [one.value for one in points])
    if (residual > np.maximum(scale.off, 2 * spread)).any():
        return UNCLEAR, None, []
    if gain["high"] < scale.nothing:
        return FLAT, gain, ahead
    grown, _ = _bounds(drawn[:, -1] - drawn[:, -3])  # from a quarter to all
    if grown <= 0 or gain["high"] - gain["low"] > scale.wide:
        return UNCLEAR, None, []
    return RISING, gain, ahead


def _error(share: np.ndarray, floor: float, above: float, power: float) -> np.ndarray:
    """`share` of the examples there are; `above`: how far the error lies above its floor with all of them."""
    return floor + above * share**-power


def _power_law(shares: np.ndarray, errors: np.ndarray, spread: np.ndarray) -> tuple[float, float, float] | None:
    """None where the search finds no end."""
    last = float(errors[-1])
    try:
        found, _ = curve_fit(_error, shares, errors, p0=(last / 2, last / 2, 0.4), sigma=spread,
                             bounds=((0, 0, 0.05), (1, 1, 1.5)), max_nfev=400)  # fmt: skip
    except RuntimeError:
        return None
    return float(found[0]), float(found[1]), float(found[2])


def _rises(half: np.ndarray, all_of_it: np.ndarray, labels: np.ndarray, classes: int) -> list[ClassRise]:
    counts = np.bincount(labels, minlength=classes)
    asked = np.flatnonzero(counts >= FEWEST_OF_CLASS)
    level = 1 - (1 - LEVEL) / max(1, len(asked))
    found = []
    for number in asked.tolist():
        of_class = labels == number
        before, now = half[:, of_class], all_of_it[:, of_class]
        between = sum(some.mean(1).var(ddof=1) / len(some) for some in (before, now) if len(some) > 1)
        rise = paired_shares(before.mean(0), now.mean(0), level=level, spread=float(between))
        found.append(ClassRise(number, before.shape[1], float(now.mean()), rise["value"], rise["low"], rise["high"]))
    return found


def _bounds(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
