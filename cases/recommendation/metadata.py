"""Columns of tables that have no role here: what they say of users and items is kept, so that an evaluation can be cut
into slices by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from cases.ingest.tables import metadata
from cases.labels import plain
from cases.recommendation import joined
from cases.recommendation.columns import Roles

USERS = "user_metadata.parquet"  # a line for each user, by their number
Told = dict[str, dict[str, str]]  # id → heading → cell


def of_items(which: Roles) -> Told:
    """From a table of items."""
    known, identity = _free(which), which.found["id"].column
    return {plain(record.cell(identity)): metadata.said(record, known) for record in which.records} if known else {}


def beside(which: Roles, role: str) -> Told:
    """The same of every `user` or `item` from a table of interactions: columns in which all their lines agree."""
    told: Told = {}
    for column, heading in _free(which).items():
        for identity, cell in (joined.said(which.records, which.found[role].column, column) or {}).items():
            told.setdefault(identity, {})[heading] = cell[: metadata.LONGEST]
    return told


def _free(which: Roles) -> dict[int, str]:
    taken = {choice.column for choice in (*which.found.values(), *which.differing)}
    return metadata.columns(which.records, which.headings, taken)


def joined_up(some: Sequence[Told]) -> Told:
    """Of several tables, the first that says something in a column."""
    found: Told = {}
    for told in some:
        for identity, cells in told.items():
            found[identity] = {**cells, **found.get(identity, {})}
    return found


def table(ids: Sequence[str], told: Mapping[str, Mapping[str, str]], before: pd.DataFrame | None) -> pd.DataFrame:
    """A line for each of the `ids`, whose first have the lines of `before` where nothing else is said now."""
    rows = [dict(told.get(identity, {})) for identity in ids]
    if before is not None:
        for row, cells in zip(rows, before.astype(str).to_dict("records"), strict=False):
            row.update({str(name): cell for name, cell in cells.items() if cell and name not in row})
    return metadata.table([{metadata.KEY: row} for row in rows])


def of_users(folder: Path) -> pd.DataFrame | None:
    """What was kept of the users of a data set; None where nothing was."""
    path = folder / USERS
    return pd.read_parquet(path) if path.exists() else None
