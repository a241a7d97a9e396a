"""What is known of the data as a whole: how full it is, how people and items are spread, from when to when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cases.ranking import cores, timestamps
from models.errors import N_

COUNTS = N_("The values are counts, from {low:g} to {high:g}.")
RATINGS = N_("The values are ratings, from {low:g} to {high:g}.")


@dataclass(frozen=True)
class Facts:
    """`first`, `last`: seconds since 1970, NaN where no times are known. `core`: the largest number at which people and
    items are left that all have so many of each other."""

    people: int
    items: int
    lines: int
    density: float
    core: int
    lonely_people: int  # with a single item
    unknown_items: int  # that nobody has
    first: float
    last: float


def facts(user: np.ndarray, item: np.ndarray, time: np.ndarray, items: int, gone: Collection[int] = ()) -> Facts:
    """Args:
    user, item, time: (lines,) as in `History`.
    items: of the catalogue.
    gone: the items that a person left out; they are counted nowhere.
    """
    people, counts = np.bincount(user), np.bincount(item, minlength=items)
    unknown = counts == 0
    unknown[list(gone)] = False
    items -= len(gone)
    known = time[np.isfinite(time)] if timestamps.ordered(time) else np.zeros(0)
    there = int((people > 0).sum())
    return Facts(
        people=there,
        items=items,
        lines=len(user),
        density=len(user) / max(there * items, 1),
        core=cores.largest(user, item),
        lonely_people=int((people == 1).sum()),
        unknown_items=int(unknown.sum()),
        first=float(known.min()) if len(known) else float("nan"),
        last=float(known.max()) if len(known) else float("nan"),
    )


def measured(items: pd.DataFrame, had: pd.DataFrame) -> pd.DataFrame:
    """With the column people: how many have the item."""
    return items.assign(people=np.bincount(had["item"], minlength=len(items)))


def notes(had: pd.DataFrame, counted: bool) -> list[dict[str, Any]]:
    """What a person should know of the values and times: messages and their arguments."""
    values, times = had["value"].dropna(), had["time"]
    told = []
    if not len(values):
        told.append(
            {"message": N_("No ratings or counts: implicit feedback, every interaction is a positive."), "args": {}}
        )
    elif values.min() == values.max():
        told.append({"message": N_("All values are {value:g}: implicit feedback, every interaction is a positive."),
                     "args": {"value": float(values.min())}})  # fmt: skip
    else:
        message = COUNTS if counted else RATINGS
        told.append({"message": message, "args": {"low": float(values.min()), "high": float(values.max())}})
    if times.isna().all():
        told.append({"message": N_("No times: the order of interactions is unknown."), "args": {}})
    elif times.isna().any():
        few = N_("Only {n:,} of {total:,} interactions have a time: times are not used.")
        kept = N_("{n:,} of {total:,} interactions have no time: they are kept for training only.")
        there = timestamps.ordered(times.to_numpy())
        n = int((times.isna() if there else times.notna()).sum())
        told.append({"message": kept if there else few, "args": {"n": n, "total": len(times)}})
    return told
