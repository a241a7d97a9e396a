"""A split that keeps together what belongs together: all recordings of a speaker, all frames of a film in one part."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cases.base import TABLE
from cases.duplicates import KEPT_FIRST
from cases.near_duplicates import joined
from models.errors import N_, InputError


def split(
    samples: pd.DataFrame, column: str, shares: Mapping[str, float], seed: int, stood: pd.Series, *,
    within_classes: bool = False,
) -> pd.Series:  # fmt: skip
    """The part of every sample; those given in the data stand, and only training data is divided.

    Groups share a value of `column` or are copies of one another; a sample without a value belongs to no group. They
    are drawn in the order of the `seed`, each as long as it brings the share nearer, at least one for each part.
    `within_classes`: of each class by itself, to which a group belongs by most of its samples; one of fewer than three
    groups need not be tested.
    `stood`: the parts of the first samples, which stay; who belongs to their groups joins them.

    Raises:
        InputError: no sample has such a value.
    """
    values = samples[column].fillna("") if column in samples else pd.Series("", samples.index)
    if not (values != "").any():
        raise InputError(
            found=N_("No example of this data set belongs to a group by “{column}”."),
            expected=N_("Grouping needs a column of a table, folders, or file names that begin alike."),
            remedy=N_("Group by duplicates only, or upload a table with a column that names the groups."),
            column=column.removeprefix(TABLE),
        )
    parts, groups = samples["split"].to_numpy(object).copy(), _groups(samples, values)
    parts[: len(stood)] = stood
    placed = places(samples, groups, stood)
    free = np.flatnonzero(samples["split"].isin(["", "train"]))
    free = free[free >= len(stood)]
    parts[free] = [placed.get(group, "train") for group in groups[free]]
    free = free[[group not in placed for group in groups[free]]]
    sizes = dict(zip(*np.unique(groups[free], return_counts=True), strict=True))
    random, strata = np.random.default_rng(seed), _strata(samples, groups, free, within_classes=within_classes)
    for stratum in np.unique(strata):
        rows = free[strata == stratum]
        left = list(random.permutation(np.unique(groups[rows])))
        least = 0 if placed else 1  # for each part, and one is left to train on
        if within_classes and len(left) < 3:
            least = 0
        for part in ("test", "validation"):
            if share := shares.get(part, 0):
                room = len(left) - max(least, int(within_classes))
                taken = _nearest(left[:room], sizes, share * len(rows), least)
                parts[rows[np.isin(groups[rows], taken)]] = part
                left = [group for group in left if group not in taken]
    return pd.Series(parts, samples.index, name="split")


def _strata(samples: pd.DataFrame, groups: np.ndarray, free: np.ndarray, *, within_classes: bool) -> np.ndarray:
    """(free,) what of these rows is divided by itself: a class, or all."""
    if not within_classes:
        return np.zeros(len(free), int)
    labels = pd.Series(pd.factorize(samples["label"].to_numpy()[free], sort=True)[0])
    return labels.groupby(groups[free]).transform(lambda some: some.mode().iloc[0]).to_numpy()


def places(samples: pd.DataFrame, groups: np.ndarray, stood: pd.Series) -> dict[int, str]:
    """Group → the part that its samples of an earlier version are in, of several the one that is measured first; parts
    that came with the data are left to themselves.

    Args:
        groups: (samples,) a number for each, negative for none.
        stood: the parts of the first samples.
    """
    ours = samples["split"].iloc[: len(stood)].isin(["", "train"]).to_numpy()
    known = np.flatnonzero(ours & (groups[: len(stood)] >= 0))
    rows = sorted(known, key=lambda row: -KEPT_FIRST.index(stood.iloc[row]))
    return {int(groups[row]): stood.iloc[row] for row in rows}


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


def _nearest(groups: list[int], sizes: Mapping[int, int], wanted: float, least: int) -> list[int]:
    taken: list[int] = []
    total = 0
    for group in groups:
        if len(taken) < least or abs(total + sizes[group] - wanted) < abs(total - wanted):
            taken.append(group)
            total += sizes[group]
    return taken
