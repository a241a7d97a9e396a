"""Guesses at a secret, counted for whom they are about and where they come from, and kept in the database.

Starting the app again is no way around. Of an address only a keyed hash is kept, and that for as long as it counts.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import ColumnElement, delete, func, insert, select

from models.environment import number
from runs import tokens
from runs.store.database import engine
from runs.store.tables import guesses

WINDOW = 15 * 60.0  # seconds for which a guess counts
VISITORS = "CASEBOOK_VISITORS_PER_ADDRESS"  # environment
_WHOLE_NETWORK = 64  # bits of an address of version 6 that one subscriber has


def visitors_of_an_address() -> int:
    """How many visitors of one demo may sit behind one address, as a class does behind that of its school."""
    return round(number(VISITORS, 60, least=1))


def note(subject: str, place: str, most: int) -> int | None:
    """Note one guess before it is looked at, so that many at once are no way around.

    Args:
        subject: what is guessed at, 16 characters at most.
        place: the address of the guesser, empty for this machine; or what else a guesser is known by.

    Returns:
        The number of this guess; None where there were `most` already, and this one is not counted.
    """
    now, mine = time.time(), _from(subject, place)
    counted = select(func.count()).select_from(guesses).where(mine)
    with engine().connect() as db:  # a flood of them writes nothing
        if db.execute(counted.where(guesses.c.created > now - WINDOW)).scalar_one() >= most:
            return None
    with engine().begin() as db:
        db.execute(delete(guesses).where(guesses.c.created <= now - WINDOW))
        guess = insert(guesses).values(share=subject, address=_hashed(place), created=now)
        made = db.execute(guess.returning(guesses.c.id)).scalar_one()
    with engine().begin() as db:  # sees what others have written meanwhile
        if db.execute(counted).scalar_one() <= most:
            return made
    take_back([made])
    return None


def take_back(noted: Sequence[int]) -> None:
    """These were no guesses, or were not looked at."""
    with engine().begin() as db:
        db.execute(delete(guesses).where(guesses.c.id.in_(noted)))


def forget(subject: str, place: str) -> None:
    """It was right: what was guessed from there before no longer counts."""
    with engine().begin() as db:
        db.execute(delete(guesses).where(_from(subject, place)))


def _from(subject: str, place: str) -> ColumnElement[bool]:
    return (guesses.c.share == subject) & (guesses.c.address == _hashed(place))


def _hashed(place: str) -> str:
    return hmac.digest(tokens.key("passcodes"), subscriber(place).encode(), "sha256").hex()


def subscriber(address: str) -> str:
    """Say to whom the address belongs: of version 6 each has a whole network of them."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    return str(ip_network((known, _WHOLE_NETWORK), strict=False) if known.version == 6 else known)
