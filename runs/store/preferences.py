"""What a person prefers to see, by name; it outlives the session."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select

from runs.store.database import engine
from runs.store.tables import preferences

RUN_COLUMNS = "run_columns"  # those of the table of runs


def of(owner: str, name: str, otherwise: Any = None) -> Any:
    """What was chosen, else `otherwise`."""
    with engine().connect() as db:
        row = db.execute(select(preferences.c.value).where(_mine(owner, name))).first()
    return otherwise if row is None else row.value


def keep(owner: str, name: str, value: Any) -> None:
    """In place of what was chosen before."""
    with engine().begin() as db:
        db.execute(delete(preferences).where(_mine(owner, name)))
        db.execute(insert(preferences).values(owner=owner, name=name, value=value))


def _mine(owner: str, name: str) -> ColumnElement[bool]:
    return (preferences.c.owner == owner) & (preferences.c.name == name)
