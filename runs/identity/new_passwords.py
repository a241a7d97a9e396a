"""A way back in for who forgot the password: a link that a host makes, good for a day and for one new password."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import select, update

from models.errors import N_, InputError
from runs import tokens
from runs.identity import passwords, people, sessions
from runs.identity.people import Person
from runs.identity.tables import people as accounts
from runs.store.database import engine

_PURPOSE = "new_password"


def create(person: Person) -> str:
    """The secret part of the link; it says which password it is to replace, and says nothing once that is replaced."""
    return tokens.sign(_PURPOSE, person=person.id, instead_of=_digest(_kept(person)))


def find(token: str) -> Person | None:
    """Whose password the link replaces; None where it no longer does."""
    found = _found(token)
    return found[0] if found else None


def choose(token: str, password: str) -> Person:
    """Give the person this password, and log them out everywhere: whoever had the old one is out.

    Raises:
        InputError: the link no longer holds, or this cannot be a password.
    """
    if (found := _found(token)) is None:
        raise no_longer_valid()
    person, old = found
    new = passwords.hashed(passwords.checked(password, person.name))
    with engine().begin() as db:
        mine = (accounts.c.id == person.id) & (accounts.c.password == old)
        if not db.execute(update(accounts).where(mine).values(password=new)).rowcount:  # another was quicker
            raise no_longer_valid()
    sessions.end_all(person)
    return person


def _found(token: str) -> tuple[Person, str] | None:
    """The person, and the hash of the password that the link replaces: read anew it could be that of a new password."""
    facts = tokens.read(_PURPOSE, token)
    person = people.by_id(facts["person"]) if facts else None
    if facts is None or person is None or person.suspended:
        return None
    kept = _kept(person)
    return (person, kept) if hmac.compare_digest(facts["instead_of"], _digest(kept)) else None


def no_longer_valid() -> InputError:
    return InputError(
        found=N_("This link does not work any more."),
        expected=N_("It is good for one day and one new password."),
        remedy=N_("Ask the host for a new one."),
    )


def _kept(person: Person) -> str:
    """The hash of the password; "" where a provider or a proxy names the person."""
    with engine().connect() as db:
        return db.execute(select(accounts.c.password).where(accounts.c.id == person.id)).scalar_one_or_none() or ""


def _digest(kept: str) -> str:
    return hashlib.sha256(kept.encode()).hexdigest()
