"""Which samples train, which validate, which test."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.errors import N_, InputError


def split(samples: pd.DataFrame, *, validation: float, test: float, seed: int) -> pd.Series:
    """train, validation or test for every sample, stratified by label and the same for the same seed.

    A split that came with the data is honoured: given test samples stay test and no others join them.
    Every class keeps at least one sample to train on.
    """
    parts = samples["split"].copy()
    given = set(parts.unique())
    shares = {
        "validation": 0 if "validation" in given else validation,
        "test": 0 if "test" in given else test,
    }
    free = samples.index[parts.isin(["", "train"])]
    random = np.random.default_rng(seed)
    for _, members in samples.loc[free].groupby("label", sort=True):
        rows = random.permutation(members.index.to_numpy())
        counts = {part: round(len(rows) * share) for part, share in shares.items()}
        for part, share in shares.items():
            if share and not counts[part] and len(rows) > 2:
                counts[part] = 1  # a small class is looked at too
        room = len(rows) - 1
        for part in ("test", "validation"):
            taken, rows = rows[: min(counts[part], room)], rows[min(counts[part], room) :]
            room -= len(taken)
            parts[taken] = part
        parts[rows] = "train"
    return parts


def require_parts(parts: pd.Series) -> None:
    """Every part must hold something.

    Raises:
        InputError: names the part that is empty.
    """
    for part in ("train", "validation", "test"):
        if not (parts == part).any():
            raise InputError(
                found=N_("No items are left for the part “{part}”."),
                expected=N_("At least three items of some class are needed, one each to train, validate and test."),
                remedy=N_("Add more items, or change the shares."),
                part=part,
            )
