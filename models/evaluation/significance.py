"""Two models on the same items, or one on two parts of the data: is there a difference, or is it chance?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.metrics import Interval, sign_test

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
        return {"value": 0.0, "low": 0.0, "high": 0.0}

    def above(share: float) -> float:
        return float(binom.sf(pair.only_other, either, share) + binom.pmf(pair.only_other, either, share) / 2)

    tail = (1 - COVERED) / 2
    low = brentq(lambda share: above(share) - tail, 0, 1) if pair.only_other else 0.0
    high = brentq(lambda share: above(share) - (1 - tail), 0, 1) if pair.only_one else 1.0
    value = pair.only_other / either
    return {name: (2 * share - 1) * either / pair.items
            for name, share in (("value", value), ("low", low), ("high", high))}  # fmt: skip


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
