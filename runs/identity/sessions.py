"""Sessions: a browser that has logged in. Of the secret in its cookie only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from runs.identity import server_settings
from runs.identity.people import Person
from runs.identity.server_settings import RESTORED
from runs.identity.tables import people, sessions
from runs.store.database import engine

DAY = 24 * 3600.0
IDLE, LONGEST = 14 * DAY, 90 * DAY  # seconds without a visit, and in all, after which one has to log in again
_NOTED = 300.0  # seconds between two notes that a session was used
_MOST_LATELY = 10_000
_CHARACTERS = {"browser": 255, "address": 64}

_lately: dict[str, tuple[float, Session | None]] = {}  # session → when it was looked up, and what was found


@dataclass(frozen=True)
class Session:
    """A browser of a person; `id` is not its secret and may be shown to its person."""

    id: str
    person: Person
    browser: str
    address: str
    created: float
    seen: float


def begin(person: Person, *, browser: str = "", address: str = "") -> str:
    """The secret for the cookie of a new session."""
    secret = secrets.token_urlsafe(32)
    admit(digest(secret), person, browser=browser, address=address)
    return secret


def admit(
    identity: str, person: Person, *, browser: str = "", address: str = "", proof: str | None = None,
    vouched: bool = False,
) -> None:  # fmt: skip
    """Begin a session whose id is known already; does nothing where it has begun, also where it has ended since: what
    a browser shows for it may still be valid where it came from.

    Args:
        proof: what says who it is, good for one session only: the browser can show it in many guises.
        vouched: a proxy says anew with each request who it is, so that a session which has ended begins again.
    """
    now = time.time()
    lasting = dict(
        browser=browser[: _CHARACTERS["browser"]], address=address[: _CHARACTERS["address"]], created=now, seen=now,
        expires=now + LONGEST,
    )  # fmt: skip
    over = sessions.c.created <= now - LONGEST
    with suppress(IntegrityError), engine().begin() as db:
        db.execute(delete(sessions).where(over | (sessions.c.id == identity) if vouched else over))
        db.execute(insert(sessions).values(id=identity, person=person.id, proof=proof, **lasting))
    _lately.pop(identity, None)


def is_of_before(told: object) -> bool:
    """Whether a provider's login is older than this home, which was made out of a backup: it may have ended since the
    backup, which knows nothing of it.

    Args:
        told: when the provider said who it is, in seconds; nothing is older than all.
    """
    restored = server_settings.value(RESTORED)
    moment = float(told) if isinstance(told, (int, float)) else 0.0
    return restored is not None and moment <= restored


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find(identity: str) -> Session | None:
    """The session of this id where it still holds and its person may work here."""
    if not identity:
        return None
    with engine().connect() as db:
        row = db.execute(_wanted.where(sessions.c.id == identity, _holds())).first()
    if row is None:
        return None
    now = time.time()
    if row.seen < now - _NOTED:
        with engine().begin() as db:
            db.execute(update(sessions).where(sessions.c.id == identity).values(seen=now))
    return _session(row)


def lately(identity: str) -> Session | None:
    """The same, looked up once a second at most: a page asks many times while it runs."""
    known = _lately.get(identity)
    if known is None or known[0] < time.monotonic() - 1:
        if len(_lately) > _MOST_LATELY:
            _lately.clear()
        known = _lately[identity] = time.monotonic(), find(identity)
    return known[1]


def of(person: Person) -> list[Session]:
    """The sessions of a person that hold, the one used last first."""
    with engine().connect() as db:
        rows = db.execute(_wanted.where(people.c.id == person.id, _holds()).order_by(sessions.c.seen.desc()))
        return [_session(row) for row in rows]


def last_seen(person: Person) -> float | None:
    """When the person was last here, to within five minutes; None for who never was."""
    wanted = select(func.max(sessions.c.seen)).where(sessions.c.person == person.id)
    with engine().connect() as db:
        return db.execute(wanted).scalar_one()


def end(identity: str, person: Person) -> None:
    with engine().begin() as db:
        mine = (sessions.c.id == identity) & (sessions.c.person == person.id)
        db.execute(update(sessions).where(mine).values(expires=0.0))
    _lately.pop(identity, None)


def end_all(person: Person, *, but: str = "") -> None:
    """End every session of the person, but for one."""
    with engine().begin() as db:
        others = (sessions.c.person == person.id) & (sessions.c.id != but)
        db.execute(update(sessions).where(others).values(expires=0.0))
    _lately.clear()


_wanted = select(
    sessions, people.c.name, people.c.source, people.c.host, people.c.created.label("joined"), people.c.suspended
).join(people, people.c.id == sessions.c.person)


def _holds() -> ColumnElement[bool]:
    now = time.time()
    return (sessions.c.expires > now) & (sessions.c.seen > now - IDLE) & people.c.suspended.is_(None)


def _session(row: Any) -> Session:
    person = Person(row.person, row.name, row.source, bool(row.host), row.joined, row.suspended)
    return Session(row.id, person, row.browser, row.address, row.created, row.seen)
