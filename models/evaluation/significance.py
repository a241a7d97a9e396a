"""Two models on the same items: is one better, or is it chance?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.metrics import sign_test


@dataclass(frozen=True)
class Paired:
    """How often only the one model, and only the other, is right on `items` items; `p` tells how often chance alone
    makes such a difference or a greater one."""

    items: int
    only_one: int
    only_other: int
    p: float


def mcnemar(one: np.ndarray, other: np.ndarray) -> Paired:
    """McNemar's test in its exact form (McNemar 1947; Fagerland, Lydersen & Laake 2013): where just one of the two is
    right, chance would make it either as often.

    Args:
        one, other: (items,) whether each is right, of the same items in the same order.
    """
    only_one, only_other = int((one & ~other).sum()), int((other & ~one).sum())
    return Paired(len(one), only_one, only_other, sign_test(only_one, only_other))


def holm(chances: Sequence[float]) -> list[float]:
    """Each p as it counts when so many comparisons are made at once (Holm 1979)."""
    order, highest, corrected = sorted(range(len(chances)), key=chances.__getitem__), 0.0, [0.0] * len(chances)
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[place]))
        corrected[place] = highest
    return corrected
