"""The address where a person wants to be told of their trainings: one each, a secret that no page shows again."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from runs.store.database import engine
from runs.store.tables import notices, webhooks


@dataclass(frozen=True)
class Webhook:
    """See `runs.store.tables.webhooks`; `error` is what the last attempt that failed met, None since one came
    through."""

    owner: str
    address: str
    secret: str
    language: str
    page: str
    created: float
    delivered: float | None
    failed: float | None
    error: dict[str, Any] | None


def of(owner: str) -> Webhook | None:
    with engine().connect() as db:
        row = db.execute(select(webhooks).where(webhooks.c.owner == owner)).first()
    return Webhook(**row._mapping) if row else None


def keep(owner: str, address: str, *, language: str, page: str) -> Webhook:
    """In place of the one before, with a new secret; what waited for that is not sent to this."""
    row: dict[str, Any] = dict(owner=owner, address=address, secret=secrets.token_hex(32), language=language, page=page,
               created=time.time(), delivered=None, failed=None, error=None)  # fmt: skip
    with engine().begin() as db:
        _forget(db, owner)
        db.execute(insert(webhooks).values(row))
    return Webhook(**row)


def remove(owner: str) -> None:
    with engine().begin() as db:
        _forget(db, owner)


def _forget(db: Any, owner: str) -> None:
    for table in (notices, webhooks):
        db.execute(delete(table).where(table.c.owner == owner))


def told(hook: Webhook, error: dict[str, Any] | None) -> None:
    """How an attempt went, unless the address was changed meanwhile."""
    now = time.time()
    how: dict[str, Any] = dict(failed=now, error=error) if error else dict(delivered=now, failed=None, error=None)
    with engine().begin() as db:
        mine = (webhooks.c.owner == hook.owner) & (webhooks.c.secret == hook.secret)
        db.execute(update(webhooks).where(mine).values(**how))
