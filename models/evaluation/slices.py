"""Slices: groups of examples that share a trait, and those on which a model is worse than on the rest.

scipy and scikit-learn are imported where they are first asked, as in `models.evaluation.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.evaluation.metrics import Interval
from models.evaluation.significance import holm

LEAST = 10  # test examples of a slice, and of the rest
BINS = 5  # of a measured number, with about as many test examples in each
FEW_VALUES = 8  # different numbers up to which each is a slice of its own, as a sample rate
MOST_VALUES = 50  # of a trait that is no number, the most frequent
NUMERIC = 0.9  # share of the cells that must be numbers
LEVEL = 0.05
NO_CLUSTER = -1
MOST_CLUSTERS, EACH = 20, 25  # clusters, and test examples for each
WIDTH = 50  # principal components that are clustered


@dataclass(frozen=True, eq=False)
class Scores:
    """How good a model was on each test example: the metric of some of them is Σ amount / Σ weight.

    `examples`: (examples,) ids; `amount`, `weight`: (examples,). `falling`: the lower the better. `interval` tells the
    metric with its 95 % interval of the examples in a mask (examples,).
    """

    metric: str
    examples: np.ndarray
    amount: np.ndarray
    weight: np.ndarray
    falling: bool
    interval: Callable[[np.ndarray], Interval]

    def value(self, inside: np.ndarray) -> float:
        """The metric of the examples in the mask (examples,)."""
        return float(self.amount[inside].sum() / max(self.weight[inside].sum(), 1e-12))


@dataclass(frozen=True, eq=False)
class Slice:
    """Examples with one value of a trait, or with a number from `low` to `high`.

    `number`: its place among the slices of the trait, the same each time; `value`: None for a range of numbers;
    `inside`: (examples,) of all examples, of whatever part.
    """

    trait: str
    number: int
    value: str | None
    low: float
    high: float
    inside: np.ndarray

    @property
    def name(self) -> str:
        """What it is called in an address."""
        return f"{self.trait}.{self.number}"


@dataclass(frozen=True, eq=False)
class Compared:
    """A slice beside the rest of the test part: `n` test examples with the metric `value`, the others with `rest`; `p`
    tells how often chance makes any of the slices so much worse (Holm)."""

    slice: Slice
    n: int
    value: float
    rest: float
    p: float

    @property
    def stands_out(self) -> bool:
        return self.p < LEVEL


def cut(traits: pd.DataFrame, tested: np.ndarray) -> list[Slice]:
    """Cut examples into slices by each of their traits.

    Args:
        traits: a line for each example, a column for each trait: numbers, or texts with "" for unknown.
        tested: (examples,) those of the test part, which decide where numbers are cut and what is frequent enough.

    Returns:
        Those with at least `LEAST` test examples inside and outside. Of slices with the same test examples only the
        first is there, so that one thing is not looked at twice.
    """
    found, known = [], set()
    for trait in traits.columns:
        for one in _of_trait(str(trait), traits[trait], tested):
            here = one.inside[tested]
            if min(here.sum(), (~here).sum()) >= LEAST and (mark := here.tobytes()) not in known:
                known.add(mark)
                found.append(one)
    return found


def _of_trait(trait: str, cells: pd.Series, tested: np.ndarray) -> list[Slice]:
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
    given = cells.notna().to_numpy() & (cells.astype(str) != "").to_numpy()
    if np.isfinite(numbers[given]).sum() < max(1, NUMERIC * given.sum()):
        return _of_values(trait, cells.astype(str).to_numpy(object), given, tested)
    some = _of_numbers(trait, numbers, tested & np.isfinite(numbers))
    return [*some, Slice(trait, len(some), "", np.nan, np.nan, ~np.isfinite(numbers))]


def _of_values(trait: str, cells: np.ndarray, given: np.ndarray, tested: np.ndarray) -> list[Slice]:
    frequent = pd.Series(cells[tested & given]).value_counts(sort=False)
    order = sorted(frequent.index, key=lambda value: (-frequent[value], value))[:MOST_VALUES]
    slices = [Slice(trait, number, value, np.nan, np.nan, (cells == value) & given)
              for number, value in enumerate(order)]  # fmt: skip
    return [*slices, Slice(trait, len(order), "", np.nan, np.nan, ~given)]


def _of_numbers(trait: str, numbers: np.ndarray, tested: np.ndarray) -> list[Slice]:
    values = np.sort(numbers[tested])
    kinds = np.unique(values)
    if len(kinds) <= FEW_VALUES:
        return [Slice(trait, number, None, float(one), float(one), numbers == one) for number, one in enumerate(kinds)]
    bins = int(np.clip(len(values) // (2 * LEAST), 2, BINS))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))  # of equal numbers one bin is larger
    of_each = np.searchsorted(edges, numbers, side="right")
    found = []
    for number in range(len(edges) + 1):
        inside = (of_each == number) & np.isfinite(numbers)
        here = numbers[inside & tested]
        if len(here):
            found.append(Slice(trait, number, None, float(here.min()), float(here.max()), inside))
    return found


def compared(slices: Sequence[Slice], tested: np.ndarray, scores: Scores) -> list[Compared]:
    """Compare each slice with the rest of the test part, the least likely to be chance first.

    Args:
        tested: (examples,) places of the examples that `scores` tells of, in their order.
    """
    if not slices:
        return []
    inside = np.stack([one.inside[tested] for one in slices])
    chances, counts = worse_by_chance(inside, scores), inside.sum(1)
    parts = ((inside @ side, (~inside) @ side) for side in (scores.amount, scores.weight))
    amounts, weights = ((here, np.maximum(rest, 1e-12)) for here, rest in parts)
    values, rests = amounts[0] / np.maximum(weights[0], 1e-12), amounts[1] / weights[1]
    corrected = holm(chances.tolist())
    found = [Compared(one, int(n), float(value), float(rest), p)
             for one, n, value, rest, p in zip(slices, counts, values, rests, corrected, strict=True)]  # fmt: skip
    order = sorted(range(len(found)), key=lambda place: (chances[place], -found[place].n))
    return [found[place] for place in order]


def worse_by_chance(inside: np.ndarray, scores: Scores) -> np.ndarray:
    """How often as many examples drawn by chance are as bad as a slice, or worse: (slices,), one-sided.

    Exact where an example is right or wrong (Fisher 1922). Else the sum of what each example lacks to the mean of all
    is compared with its distribution over all draws by the first three moments of that (Mielke and Berry 2007,
    chapter 2): few long recordings with many errors skew it too much for a normal distribution.

    Args:
        inside: (slices, examples) masks.
    """
    from scipy.stats import hypergeom, pearson3

    total, drawn = len(scores.amount), inside.sum(1)
    if _is_right_or_wrong(scores):
        bad = scores.amount if scores.falling else 1 - scores.amount
        return hypergeom.sf((inside @ bad).round() - 1, total, round(bad.sum()), drawn)
    lacking = scores.amount - scores.amount.sum() / max(scores.weight.sum(), 1e-12) * scores.weight
    lacking = lacking if scores.falling else -lacking
    spread = lacking.std()
    if not spread or total < 3:
        return np.ones(len(inside))
    left = total - drawn
    deviation = np.sqrt(drawn * left / (total - 1)) * spread
    skew = (lacking**3).mean() / spread**3 * np.sqrt((total - 1) / (drawn * left)) * (left - drawn) / (total - 2)
    return pearson3.sf((inside @ lacking) / deviation, skew)


def _is_right_or_wrong(scores: Scores) -> bool:
    return bool((scores.weight == 1).all() and np.isin(scores.amount, (0, 1)).all())


def clusters(vectors: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """The cluster of each example by k-means in small batches (Sculley 2010) on principal components, the largest 0.

    Args:
        vectors: (examples, width).
        fitted: (examples,) those by which the centres are found; of too few all examples are `NO_CLUSTER`.
    """
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    number = min(MOST_CLUSTERS, int(fitted.sum()) // EACH)
    if number < 2:
        return np.full(len(vectors), NO_CLUSTER)
    with threadpool_limits(1):  # on points this narrow threads wait for each other most of the time
        reduced = PCA(min(WIDTH, *vectors[fitted].shape), svd_solver="randomized", random_state=0).fit(vectors[fitted])
        points = reduced.transform(vectors)
        found = MiniBatchKMeans(number, n_init=3, random_state=0).fit(points[fitted])
        labels = found.predict(points)
    order = np.argsort(-np.bincount(labels[fitted], minlength=number), kind="stable")
    return np.argsort(order)[labels]
