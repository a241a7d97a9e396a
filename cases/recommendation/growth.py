"""Interactions that are added to those of an earlier version: its users, items and lines keep their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cases.dataset import Dataset
from cases.ranking.interactions import FILE, USERS
from cases.ranking.stats import COUNTS
from models.errors import N_

_DESCRIBED = ["label", "titled", "genres", "text", "year", "image"]


def users(before: Dataset | None) -> list[str]:
    """Their names, in the order of their numbers."""
    return [] if before is None else pd.read_parquet(before.folder / USERS)["name"].tolist()


def counts(before: Dataset) -> bool:
    """Whether its values are counts, as far as it has any."""
    values = pd.read_parquet(before.folder / FILE, columns=["value"])["value"]
    return bool(values.isna().all()) or any(note["message"] == COUNTS for note in before.notes)


def items(before: Dataset | None, found: pd.DataFrame) -> pd.DataFrame:
    """Those of the earlier version, described where only now somebody says what they are; then those that are new."""
    if before is None:
        return found
    known = before.as_read.reindex(columns=found.columns, fill_value="")  # an older version may lack the last columns
    now = found.set_index("name")
    bare = known.index[~known["titled"] & known["name"].isin(now.index[now["titled"]])]
    known.loc[bare, _DESCRIBED] = now.loc[known.loc[bare, "name"], _DESCRIBED].to_numpy()
    return pd.concat([known, found[~found["name"].isin(known["name"])]], ignore_index=True)


def joined(before: Dataset, new: pd.DataFrame, counted: bool) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The lines of both, the earliest first, and what to say of them. What a user had already keeps its time and by
    that its place; its count grows, or it is valued as it was last."""
    old, keys = pd.read_parquet(before.folder / FILE), ["user", "item"]
    places = pd.Series(np.arange(len(old)), index=pd.MultiIndex.from_frame(old[keys]))
    again = places.reindex(pd.MultiIndex.from_frame(new[keys])).to_numpy()
    repeated, told = ~np.isnan(again), []
    if repeated.any():
        at, values = again[repeated].astype(int), new["value"].to_numpy()[repeated]
        changed, was = old["value"].to_numpy(copy=True), old["value"].to_numpy()[again[repeated].astype(int)]
        changed[at] = was + np.nan_to_num(values) if counted else np.where(np.isnan(values), was, values)
        old = old.assign(value=changed)
        told = [{"message": N_("{n} lines repeat an earlier interaction: its value is updated, and it stays in its "
                               "split."), "args": {"n": int(repeated.sum())}}]  # fmt: skip
    whole = pd.concat([old, new[~repeated]], ignore_index=True)
    whole["part"] = whole["part"].astype("str").fillna("").astype("category")
    order = np.lexsort((whole.index, whole["time"].fillna(-np.inf)))
    return whole.iloc[order].reset_index(drop=True), told
