"""What holds for everyone: a line that all see and how long things are kept, as the host has settled it; and when the
home was made out of a backup."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select

from runs.store.database import engine
from runs.store.tables import server

NOTICE, RETENTION, RESTORED = "notice", "retention", "restored"
LONGEST_NOTICE = 300  # characters


def value(name: str, otherwise: Any = None) -> Any:
    with engine().connect() as db:
        row = db.execute(select(server.c.value).where(server.c.name == name)).first()
    return otherwise if row is None else row.value


def settle(name: str, value: Any) -> None:
    """In place of what was settled before; None takes it back."""
    with engine().begin() as db:
        db.execute(delete(server).where(server.c.name == name))
        if value is not None:
            db.execute(insert(server).values(name=name, value=value))
