"""From pairs to groups: the numbers in the columns same and alike of the samples."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def joined(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
    """A number for each of `count`, the same where pairs join them; `one` and `other` are the ends of the pairs."""
    pairs = coo_array((np.ones(len(one), bool), (one, other)), shape=(count, count))
    return connected_components(pairs, directed=False)[1]


def shared(numbers: np.ndarray) -> np.ndarray:
    """-1 instead of the numbers that only one has."""
    return np.where(np.bincount(numbers, minlength=1)[numbers] > 1, numbers, -1).astype(np.int32)
