"""Which items are held back together, so that each is judged once by a model that was fitted to others."""

from __future__ import annotations

import numpy as np
import pandas as pd


def assign(labels: np.ndarray, together: np.ndarray, count: int) -> np.ndarray:
    """(items,) the fold each is held back in; every class is spread over all of them, a group goes with its first.

    Args:
        labels: (items,) numbers of classes.
        together: (items,) numbers of groups that are in one fold as a whole; -1 for none.
    """
    rows = np.random.default_rng(0).permutation(len(labels))
    fold = np.empty(len(labels), np.int64)
    fold[rows[np.argsort(labels[rows], kind="stable")]] = np.arange(len(labels)) % count
    first = pd.Series(fold).groupby(together).transform("first").to_numpy()
    return np.where(together >= 0, first, fold)
