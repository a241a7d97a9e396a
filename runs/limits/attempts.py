"""Guesses at a secret, counted for whom they are about and where they come from, and kept in the database.

Starting the app again is no way around. Of an address only a keyed hash is kept, and that for as long as it counts.
"""

from __future__ import annotations

import hmac
import time
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, func, insert, select

from runs import tokens
from runs.store.database import engine
from runs.store.tables import guesses

WINDOW = 15 * 60.0  # seconds for which a guess counts
_WHOLE_NETWORK = 64  # bits of an address of version 6 that one subscriber has


def allowed(subject: str, address: str, most: int) -> bool:
    """Note one guess before it is looked at, so that many at once are no way around.

    Args:
        subject: what is guessed at, 16 characters at most.
        address: of the guesser; empty for this machine.

    Returns:
        Whether there were not more than `most`; a guess that is not allowed is not counted.
    """
    now, place = time.time(), _hashed(address)
    mine = (guesses.c.share == subject) & (guesses.c.address == place)
    counted = select(func.count()).select_from(guesses).where(mine)
    with engine().connect() as db:  # a flood of them writes nothing
        if db.execute(counted.where(guesses.c.created > now - WINDOW)).scalar_one() >= most:
            return False
    with engine().begin() as db:
        db.execute(delete(guesses).where(guesses.c.created <= now - WINDOW))
        guess = insert(guesses).values(share=subject, address=place, created=now)
        made = db.execute(guess.returning(guesses.c.id)).scalar_one()
    with engine().begin() as db:  # sees what others have written meanwhile
        if db.execute(counted).scalar_one() <= most:
            return True
        db.execute(delete(guesses).where(guesses.c.id == made))
    return False


def forget(subject: str, address: str) -> None:
    """It was right: what was guessed before no longer counts."""
    mine = (guesses.c.share == subject) & (guesses.c.address == _hashed(address))
    with engine().begin() as db:
        db.execute(delete(guesses).where(mine))


def _hashed(address: str) -> str:
    return hmac.digest(tokens.key("passcodes"), subscriber(address).encode(), "sha256").hex()


def subscriber(address: str) -> str:
    """Say to whom the address belongs: of version 6 each has a whole network of them."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    return str(ip_network((known, _WHOLE_NETWORK), strict=False) if known.version == 6 else known)
