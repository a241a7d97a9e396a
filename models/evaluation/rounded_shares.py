"""Shares as they are told: rounded so that all of them together come to what they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def rounded(parts: Sequence[float] | np.ndarray, digits: int = 3) -> list[float]:
    """The `parts` with so many digits, each at most one in the last digit away, and their sum the rounded sum (the
    method of the largest remainder)."""
    exact = np.asarray(parts, np.float64) * 10**digits
    told = np.floor(exact + 1e-6)  # 0.29 * 100 is a little less than 29
    up = int(round(exact.sum()) - told.sum())
    told[np.argsort(-(exact - told), kind="stable")[: max(up, 0)]] += 1
    return [float(part) for part in (told / 10**digits).round(digits)]
