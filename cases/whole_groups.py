"""A split that keeps together what belongs together, across classes: all recordings of a speaker in one part."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cases.grouping import joined
from models.errors import N_, InputError


def split(samples: pd.DataFrame, column: str, shares: Mapping[str, float], seed: int) -> pd.Series:
    """The part of every sample; those given in the data stand, and only training data is divided.

    Groups share a value of `column`, or are copies of one another; a sample without a value belongs to no group. They
    are drawn in the order of the `seed`, each as long as it brings the share nearer, at least one for each part.

    Raises:
        InputError: no sample has such a value.
    """
    values = samples[column].fillna("") if column in samples else pd.Series("", samples.index)
    if not (values != "").any():
        raise InputError(
            found=N_("It is not known of this data who speaks."),
            expected=N_("To keep speakers together, a column of a table or the names of the files must tell them."),
            remedy=N_("Keep only copies together, or bring a table with a column “speaker”."),
        )
    parts = samples["split"].to_numpy(object).copy()
    free = np.flatnonzero(np.isin(parts, ["", "train"]))
    groups = _groups(samples, values)[free]
    left = list(np.random.default_rng(seed).permutation(np.unique(groups)))
    sizes = dict(zip(*np.unique(groups, return_counts=True), strict=True))
    parts[free] = "train"
    for part in ("test", "validation"):
        if share := shares.get(part, 0):
            taken = _nearest(left[:-1], sizes, share * len(free))  # one is left to train on
            parts[free[np.isin(groups, taken)]] = part
            left = [group for group in left if group not in taken]
    return pd.Series(parts, samples.index, name="split")


def _groups(samples: pd.DataFrame, values: pd.Series) -> np.ndarray:
    """(samples,) a number for each, the same for those that belong together."""
    found = [np.zeros((0, 2), np.int64)]
    for numbers in (pd.factorize(values.where(values != ""))[0], samples.get("alike", pd.Series(-1, samples.index))):
        rows = pd.Series(np.arange(len(samples)))
        first = rows.groupby(np.asarray(numbers)).transform("first").to_numpy()
        known = np.asarray(numbers) >= 0
        found.append(np.stack([first[known], rows.to_numpy()[known]], 1))
    one, other = np.concatenate(found).T
    return joined(one, other, len(samples))


def _nearest(groups: list[int], sizes: Mapping[int, int], wanted: float) -> list[int]:
    taken, total = [], 0
    for group in groups:
        if not taken or abs(total + sizes[group] - wanted) < abs(total - wanted):
            taken.append(group)
            total += sizes[group]
    return taken
