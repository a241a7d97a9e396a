"""Rows of uploaded files: what has arrived, and from whom. Every question names the owner."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from runs.limits import storage
from runs.store.database import engine
from runs.store.tables import uploads


@dataclass(frozen=True)
class Upload:
    """A file that has arrived; `sha256` of its bytes."""

    id: str
    owner: str
    name: str
    bytes: int
    sha256: str
    created: float


def add(owner: str, identity: str, name: str, size: int, sha256: str) -> None:
    """A file has arrived."""
    row = dict(id=identity, owner=owner, name=name, bytes=size, sha256=sha256, created=time.time())
    with storage.arriving:
        with engine().begin() as db:  # in the place that was reserved for it, if one was
            db.execute(delete(uploads).where(uploads.c.id == identity))
            db.execute(insert(uploads).values(row))
        storage.add(owner, size)


def by_id(identity: str, owner: str) -> Upload | None:
    with engine().connect() as db:
        row = db.execute(select(uploads).where(uploads.c.id == identity, uploads.c.owner == owner)).first()
    return Upload(**row._mapping) if row else None


def by_ids(owner: str, identities: Sequence[str]) -> dict[str, Upload]:
    """Those that are there, by their ids."""
    found = {}
    with engine().connect() as db:
        for start in range(0, len(identities), 1000):  # databases bound the values of a question
            some = uploads.c.id.in_(identities[start : start + 1000])
            for row in db.execute(select(uploads).where(uploads.c.owner == owner, some)):
                found[row.id] = Upload(**row._mapping)
    return found
