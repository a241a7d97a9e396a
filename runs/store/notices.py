"""What a person wants to be told of their trainings, where they gave an address for that; it waits here until sent."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, literal, select, update

from models.training import divergence
from runs.store.database import engine, insisting
from runs.store.tables import notices, webhooks

DONE, FAILED, STOPPED, DIVERGED, OVERFIT = "done", "failed", "stopped", "diverged", "overfit"
WAITS = (5.0, 30.0, 300.0)  # seconds until it is tried again, after each attempt but the last
BEING_SENT = 60.0  # seconds after which a notice whose sender died is taken by another


@dataclass(frozen=True)
class Notice:
    """`attempts`: how often it was tried to send it, this time included."""

    id: int
    owner: str
    run: str
    kind: str
    attempts: int


def kind_of(status: str, error: Mapping[str, Any] | None) -> str:
    """How a training ended, by its status and its error."""
    return DIVERGED if status == "failed" and error and error.get("found") == divergence.FOUND else status


def add(db: Connection, owner: str, run: str, kind: str) -> None:
    """Let it be sent, in the transaction that makes it true; nothing where its owner gave no address."""
    now = literal(time.time())
    hooked = select(webhooks.c.owner, literal(run), literal(kind), literal(0), now, now).where(
        webhooks.c.owner == owner
    )
    db.execute(insert(notices).from_select(["owner", "run", "kind", "attempts", "due", "created"], hooked))


@insisting
def overfits(owner: str, run: str) -> None:
    """The validation loss of a training has risen while that of training fell."""
    with engine().begin() as db:
        add(db, owner, run, OVERFIT)


def take() -> Notice | None:
    """The next one that is due, for whoever sends it now; no two take the same."""
    now = time.time()
    first = select(notices).where(notices.c.due <= now).order_by(notices.c.due).limit(1)
    with engine().begin() as db:
        row = db.execute(first).first()
        if row is None:
            return None
        mine = update(notices).where(notices.c.id == row.id, notices.c.attempts == row.attempts)
        taken = db.execute(mine.values(attempts=row.attempts + 1, due=now + BEING_SENT)).rowcount
    return Notice(row.id, row.owner, row.run, row.kind, row.attempts + 1) if taken else None


def any_due() -> bool:
    with engine().connect() as db:
        return db.execute(select(notices.c.id).where(notices.c.due <= time.time()).limit(1)).first() is not None


def settle(notice: Notice, *, again: bool) -> None:
    """It was sent, or is given up; `again`: it is tried once more after a while, as often as `WAITS` says."""
    mine = notices.c.id == notice.id
    with engine().begin() as db:
        if again and notice.attempts <= len(WAITS):
            db.execute(update(notices).where(mine).values(due=time.time() + WAITS[notice.attempts - 1]))
        else:
            db.execute(delete(notices).where(mine))
