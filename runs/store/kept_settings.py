"""Settings that were chosen but not started yet, for a data set or beside a run: they outlive the session."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select

from runs.store.database import engine
from runs.store.tables import kept_settings


def of(owner: str, subject: str) -> dict[str, Any]:
    """Setting → what was chosen for it; `subject`: the id of the data set or run."""
    wanted = select(kept_settings.c.settings).where(_mine(owner, subject))
    with engine().connect() as db:
        return db.execute(wanted).scalar_one_or_none() or {}


def keep(owner: str, subject: str, chosen: Mapping[str, Any]) -> None:
    """In place of what was kept before; nothing is kept where nothing is chosen."""
    row = dict(owner=owner, subject=subject, settings=dict(chosen), changed=time.time())
    with engine().begin() as db:
        db.execute(delete(kept_settings).where(_mine(owner, subject)))
        if chosen:
            db.execute(insert(kept_settings).values(row))


def _mine(owner: str, subject: str) -> ColumnElement[bool]:
    return (kept_settings.c.owner == owner) & (kept_settings.c.subject == subject)
