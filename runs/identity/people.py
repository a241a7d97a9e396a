"""Who may work here: accounts with a password, and people whom a provider or a proxy names."""

from __future__ import annotations

import hashlib
import secrets
import time
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.errors import N_, InputError
from runs.identity import passwords
from runs.identity.tables import people
from runs.store.database import engine

LONGEST = 64  # characters of a name
_BLANK = {*"\u115f\u1160\u2800\u3164\uffa0"}  # letters to Unicode, and nothing to the eye


@dataclass(frozen=True)
class Person:
    """Somebody who may log in; `id` is the owner of what they bring. `host`: may look after the others."""

    id: str
    name: str
    source: str
    host: bool
    created: float
    suspended: float | None

    @property
    def has_password(self) -> bool:
        """Whether they log in with one of this server."""
        return self.source == "password"


def folded(name: str) -> str:
    """What two names have in common that are the same to a reader: compatibility forms, capitals and how much room is
    between words do not count."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


def checked_name(name: str) -> str:
    """
    Raises:
        InputError: it is empty or too long, or holds what cannot be seen.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or not name.isprintable() or _BLANK & {*name}:
        raise InputError(
            found=N_("“{name}” cannot be a user name."),
            expected=N_("A user name has 1 to {most} characters that can be seen."),
            remedy=N_("Choose another one."),
            name=name[:LONGEST], most=LONGEST,
        )  # fmt: skip
    return name


def register(name: str, password: str, *, host: bool = False) -> Person:
    """Make an account.

    Raises:
        InputError: the name is taken or cannot be one, or the password cannot be one.
    """
    name = checked_name(name)
    kept = passwords.hashed(passwords.checked(password, name))
    try:
        return _add(name, folded(name), source="password", password=kept, host=int(host))
    except IntegrityError as error:
        raise InputError(
            found=N_("The user name “{name}” is taken."),
            expected=N_("Each person has a name of their own."),
            remedy=N_("Choose another one."),
            name=name,
        ) from error


def named_elsewhere(source: str, subject: str, name: str, *, host: bool | None = None) -> Person:
    """The person whom a provider or a proxy calls `subject`; made at the first visit.

    Args:
        subject: never changes and belongs to one person, such as issuer and subject of OpenID Connect.
        name: as it is shown; may be any.
        host: whether the settings name this person as one; None where they name nobody, and the very first is one.
            Who is named becomes one later only while there is none.
    """
    known = hashlib.sha256(f"{source}\0{subject}".encode()).hexdigest()
    if found := _one(people.c.subject == known):
        return _look_after_all(found) if host and not any_host() else found
    shown, first = " ".join(name.split())[:LONGEST] or "?", host is None and not any_host()
    try:
        return _add(shown, f"{source}:{known}", source=source, subject=known, host=int(host or first))
    except IntegrityError:  # at the same time by another request
        found = _one(people.c.subject == known)
        if found is None:
            raise
        return found


def _look_after_all(person: Person) -> Person:
    with engine().begin() as db:
        db.execute(update(people).where(people.c.id == person.id).values(host=1))
    return replace(person, host=True)


def with_password(name: str, password: str) -> Person | None:
    """The person with this name and password; takes as long where there is none."""
    key = folded(name) if folded(name).isprintable() else ""  # databases take no NUL
    with engine().connect() as db:
        row = db.execute(select(people).where(people.c.folded == key, people.c.source == "password")).first()
    right = passwords.fits(row.password if row else None, password)
    return _person(row) if row and right else None


def change_password(person: Person, old: str, new: str) -> bool:
    """Whether `old` was right; then `new` is the password.

    Raises:
        InputError: `new` cannot be one.
    """
    if with_password(person.name, old) is None:
        return False
    kept = passwords.hashed(passwords.checked(new, person.name))
    with engine().begin() as db:
        db.execute(update(people).where(people.c.id == person.id).values(password=kept))
    return True


def by_id(identity: str) -> Person | None:
    return _one(people.c.id == identity)


def everyone() -> list[Person]:
    with engine().connect() as db:
        return [_person(row) for row in db.execute(select(people).order_by(people.c.created))]


def any_host() -> bool:
    with engine().connect() as db:
        return bool(db.execute(select(func.count()).select_from(people).where(people.c.host == 1)).scalar_one())


def _add(name: str, key: str, **values: Any) -> Person:
    row = {"id": secrets.token_hex(8), "name": name, "folded": key, "created": time.time(), **values}
    with engine().begin() as db:
        return _person(db.execute(insert(people).values(row).returning(people)).one())


def _one(wanted: ColumnElement[bool]) -> Person | None:
    with engine().connect() as db:
        row = db.execute(select(people).where(wanted)).first()
    return _person(row) if row else None


def _person(row: Any) -> Person:
    return Person(row.id, row.name, row.source, bool(row.host), row.created, row.suspended)
