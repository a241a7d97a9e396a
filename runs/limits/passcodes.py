"""Guesses at a link's passcode, counted for the address they come from and kept in the database.

Whoever guesses holds up nobody else, and starting the app again is no way around. Of an address only a keyed hash is
kept, and that for as long as it counts.
"""

from __future__ import annotations

import hmac
import time
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, func, insert, select

from models.errors import N_, InputError
from runs import tokens
from runs.store.database import engine, guesses

MOST, WINDOW = 5, 15 * 60.0  # of one link and address, in so many seconds
_WHOLE_NETWORK = 64  # bits of an address of version 6 that one subscriber has


def count(share: str, address: str) -> None:
    """Note one guess before it is looked at, so that many at once are no way around.

    Args:
        share: the id of the link.
        address: of the visitor; empty for this machine.

    Raises:
        InputError: there were too many already; this one is not counted.
    """
    now, place = time.time(), _hashed(address)
    with engine().begin() as db:
        db.execute(delete(guesses).where(guesses.c.created <= now - WINDOW))
        guess = insert(guesses).values(share=share, address=place, created=now)
        made = db.execute(guess.returning(guesses.c.id)).scalar_one()
    with engine().begin() as db:  # sees what others have written meanwhile
        mine = (guesses.c.share == share) & (guesses.c.address == place)
        if db.execute(select(func.count()).select_from(guesses).where(mine)).scalar_one() <= MOST:
            return
        db.execute(delete(guesses).where(guesses.c.id == made))
    raise InputError(
        found=N_("The passcode was wrong {n} times."),
        expected=N_("The person who shared the link knows it."),
        remedy=N_("Wait 15 minutes and try again."),
        n=MOST,
    )


def forget(share: str, address: str) -> None:
    """The passcode was right: what was guessed before no longer counts."""
    mine = (guesses.c.share == share) & (guesses.c.address == _hashed(address))
    with engine().begin() as db:
        db.execute(delete(guesses).where(mine))


def _hashed(address: str) -> str:
    return hmac.digest(tokens.key("passcodes"), _subscriber(address).encode(), "sha256").hex()


def _subscriber(address: str) -> str:
    """To whom the address belongs: of version 6 each has a whole network of them."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    return str(ip_network((known, _WHOLE_NETWORK), strict=False) if known.version == 6 else known)
