"""Samples that are there more than once: what they spoil, and what to leave out to mend it.

A case that looks for them gives its samples the columns same and alike: the number of a sample's group of copies to
the last bit, and of those that are nearly the same too; -1 for none.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cases.dataset import LEFT_OUT

KEPT_FIRST = ("test", "validation", "train")  # where copies meet, the part that is measured keeps its own


def groups(samples: pd.DataFrame, column: str = "alike") -> list[np.ndarray]:
    """The rows of every group of which two or more are not left out."""
    if column not in samples:
        return []
    rows = np.flatnonzero((samples[column] >= 0) & (samples["split"] != LEFT_OUT))
    of = samples[column].to_numpy()[rows]
    rows, of = (some[np.argsort(of, kind="stable")] for some in (rows, of))
    found = np.split(rows, np.flatnonzero(np.diff(of)) + 1)
    return [one for one in found if len(one) > 1]


def contradicting(samples: pd.DataFrame) -> list[np.ndarray]:
    """The groups whose members have different labels."""
    labels = samples["label"].to_numpy()
    return [rows for rows in groups(samples) if len(set(labels[rows])) > 1]


def straddling(samples: pd.DataFrame, parts: pd.Series) -> list[np.ndarray]:
    """The groups whose members are in different parts: the test knows what was trained on."""
    of = parts.to_numpy()
    return [rows for rows in groups(samples) if len(set(of[rows])) > 1]


def surplus(groups: Iterable[np.ndarray], parts: pd.Series) -> list[int]:
    """All but one of each group."""
    return [int(row) for rows in groups for row in _ordered(rows, parts)[1:]]


def strays(groups: Iterable[np.ndarray], parts: pd.Series) -> list[int]:
    """Those that are not in the same part as the one of their group that is kept first."""
    found = []
    for rows in groups:
        first, *others = _ordered(rows, parts)
        found += [int(row) for row in others if parts[row] != parts[first]]
    return found


def _ordered(rows: np.ndarray, parts: pd.Series) -> list[int]:
    return sorted(rows, key=lambda row: (KEPT_FIRST.index(parts[row]), row))
