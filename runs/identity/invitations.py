"""Invitations: a link by which one person, or a class, makes accounts. Of a link only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from models.errors import N_, InputError
from runs.identity import people
from runs.identity.people import Person
from runs.identity.tables import invitations
from runs.store.database import engine

DAY = 24 * 3600.0
MOST_PLACES = 1000


@dataclass(frozen=True)
class Invitation:
    """`taken` of its `places` are accounts now; `host`: who accepts it becomes one; `name`: for whom it is, empty where
    it is for anybody."""

    id: str
    by: str
    host: bool
    name: str
    places: int
    taken: int
    created: float
    expires: float

    @property
    def open(self) -> bool:
        return self.taken < self.places and self.expires > time.time()


def create(by: Person | None, *, name: str = "", places: int = 1, days: float = 7, host: bool = False) -> str:
    """The secret part of the link, which is told this once."""
    token, now = secrets.token_urlsafe(24), time.time()
    row = dict(
        id=secrets.token_hex(8), token_hash=_digest(token), by=by.id if by else "", host=int(host), name=name or None,
        places=min(max(1, places), MOST_PLACES), taken=0, created=now, expires=now + days * DAY,
    )  # fmt: skip
    with engine().begin() as db:
        db.execute(delete(invitations).where(invitations.c.expires < now))  # which hold names
        db.execute(insert(invitations).values(row))
    return token


def first_host() -> str | None:
    """The secret of the invitation for the first host, for the terminal of whoever starts the app; an earlier one no
    longer holds. None where there is a host."""
    if people.any_host():
        return None
    with engine().begin() as db:
        db.execute(delete(invitations).where(invitations.c.by == ""))
    return create(None, days=1, host=True)


def find(token: str) -> Invitation | None:
    """The invitation where it can still be accepted."""
    with engine().connect() as db:
        row = db.execute(select(invitations).where(invitations.c.token_hash == _digest(token))).first()
    found = _invitation(row) if row else None
    return found if found and found.open else None


def accept(token: str, name: str, password: str) -> Person:
    """Make the account; its place is taken before, and given back where the account cannot be made.

    Raises:
        InputError: the invitation no longer holds, or name or password cannot be one.
    """
    now, mine = time.time(), invitations.c.token_hash == _digest(token)
    room = (invitations.c.taken < invitations.c.places) & (invitations.c.expires > now)
    with engine().begin() as db:
        taking = update(invitations).where(mine, room).values(taken=invitations.c.taken + 1)
        row = db.execute(taking.returning(invitations)).first()
    if row is None:
        raise no_longer_valid()
    try:
        return people.register(name, password, host=bool(row.host))
    except InputError:
        with engine().begin() as db:
            db.execute(update(invitations).where(mine).values(taken=invitations.c.taken - 1))
        raise


def no_longer_valid() -> InputError:
    return InputError(
        found=N_("This invitation does not work any more."),
        expected=N_("It may have been used, withdrawn, or be too old."),
        remedy=N_("Ask the host for a new one."),
    )


def listed() -> list[Invitation]:
    """Those that can still be accepted, the newest first."""
    with engine().connect() as db:
        rows = db.execute(select(invitations).order_by(invitations.c.created.desc()))
        return [one for one in map(_invitation, rows) if one.open]


def withdraw(identity: str) -> None:
    with engine().begin() as db:
        db.execute(delete(invitations).where(invitations.c.id == identity))


def _invitation(row: Any) -> Invitation:
    return Invitation(
        row.id, row.by, bool(row.host), row.name or "", row.places, row.taken, row.created, row.expires
    )  # fmt: skip


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
