"""Two models on the same items, or one on two parts of the data: is there a difference, or is it chance?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from models.evaluation.metrics import Interval, rule_of_three, sign_test, wilson_of

DEVIATIONS = 1.96  # of a mean, to either side in its interval of 95 %
COVERED = 0.95  # by an interval


@dataclass(frozen=True)
class Paired:
    """How often only the one model, and only the other, is right on `items` items; `p` tells how often chance alone
    makes such a difference or a greater one."""

    items: int
    only_one: int
    only_other: int
    p: float


def mcnemar(one: np.ndarray, other: np.ndarray) -> Paired:
    """McNemar's test, see `metrics.sign_test`: where one of the two alone is right, by chance it is either as often.

    Args:
        one, other: (items,) whether each is right, of the same items in the same order.
    """
    only_one, only_other = int((one & ~other).sum()), int((other & ~one).sum())
    return Paired(len(one), only_one, only_other, sign_test(only_one, only_other))


def share_difference(pair: Paired) -> Interval:
    """How much larger the share is that the other has right, with the interval of 95 % that holds 0 exactly where the
    test finds no difference: what the mid-p test does not refuse, given on how many items only one is right."""
    from scipy.optimize import brentq
    from scipy.stats import binom

    either = pair.only_one + pair.only_other
    if not either:
        most = rule_of_three(pair.items, COVERED)
        return {"value": 0.0, "low": -most, "high": most}

    def above(share: float) -> float:
        return float(binom.sf(pair.only_other, either, share) + binom.pmf(pair.only_other, either, share) / 2)

    tail = (1 - COVERED) / 2
    low = brentq(lambda share: above(share) - tail, 0, 1) if pair.only_other else 0.0
    high = brentq(lambda share: above(share) - (1 - tail), 0, 1) if pair.only_one else 1.0
    value = pair.only_other / either
    return {name: (2 * share - 1) * either / pair.items
            for name, share in (("value", value), ("low", low), ("high", high))}  # fmt: skip


def paired_shares(one: np.ndarray, other: np.ndarray, *, level: float = COVERED, spread: float = 0.0) -> Interval:
    """How much larger the share is that the other has right, with Newcombe's hybrid score interval, which keeps a width
    where all are right or wrong (Newcombe 1998, "Improved confidence intervals for the difference between binomial
    proportions based on paired data", method 10).

    Args:
        one, other: (items,) whether each is right, of the same items in the same order; or the share of several draws
            of a model that are right.
        spread: variance of the difference that comes of something else than the items, such as these draws.
    """
    n, one, other = len(one), one.astype(float), other.astype(float)
    both, none = float(one @ other), float((1 - one) @ (1 - other))
    one_alone, other_alone = float(one @ (1 - other)), float((1 - one) @ other)
    right = np.array([both + one_alone, both + other_alone])
    shares, (low, high) = right / n, wilson_of(right, np.array([n, n]), level)
    below, above = shares - low, high - shares
    excess = both * none - one_alone * other_alone
    beyond = max(excess - n / 2, 0.0) if excess > 0 else excess
    correlation = beyond / math.sqrt(whole) if (whole := float((right * (n - right)).prod())) > 0 else 0.0
    more = NormalDist().inv_cdf((1 + level) / 2) ** 2 * spread
    value = float(shares[1] - shares[0])

    def reach(ours: float, theirs: float) -> float:
        return math.sqrt(max(ours**2 - 2 * correlation * ours * theirs + theirs**2, 0.0) + more)

    return {"value": value, "low": max(-1.0, value - reach(below[1], above[0])),
            "high": min(1.0, value + reach(above[1], below[0]))}  # fmt: skip


def holm(chances: Sequence[float]) -> list[float]:
    """Each p as it counts when so many comparisons are made at once (Holm 1979)."""
    order, highest, corrected = sorted(range(len(chances)), key=chances.__getitem__), 0.0, [0.0] * len(chances)
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[place]))
        corrected[place] = highest
    return corrected


def shares_apart(one: Interval, items: int, value: float, others: int) -> float:
    """How likely chance alone makes so large a difference between two shares of different items, two-sided and exact
    (Fisher 1922).

    Args:
        one: a share of so many `items`.
        value: the other, of so many `others`.
    """
    from scipy.stats import fisher_exact

    right = round(one["value"] * items), round(value * others)
    return float(fisher_exact([[right[0], items - right[0]], [right[1], others - right[1]]]).pvalue)


def means_apart(one: Interval, items: int, value: float, others: int) -> float:
    """The same of two means, by the normal approximation: both are taken to spread as the interval of the `one`
    tells."""
    spread = (one["high"] - one["low"]) / (2 * DEVIATIONS) * math.sqrt(items)
    wavers = spread * math.sqrt(1 / items + 1 / others)
    difference = abs(one["value"] - value)
    return math.erfc(difference / wavers / math.sqrt(2)) if wavers else float(not difference)
