"""Guesses at a link's passcode: each visitor has a few, and those behind one address have a bound together, which a
visitor meets who comes as another each time. Whoever guesses too often waits, and holds up no other address."""

from __future__ import annotations

from models.errors import N_, InputError
from runs.limits import attempts

MOST = 5  # of one link and visitor, in `attempts.WINDOW`


def count(share: str, address: str, visitor: str = "") -> None:
    """
    Args:
        share: the id of the link.
        address: of the visitor; empty for this machine.
        visitor: the open page that asks; empty where it is not known, and then the address stands for it.

    Raises:
        InputError: there were too many already; this one is not counted.
    """
    place = _place(address, visitor)
    noted = attempts.note(share, place, MOST)
    if noted is None:
        raise _too_many(N_("The passcode was wrong {n} times."), MOST)
    if visitor and attempts.note(share, address, most := attempts.visitors_of_an_address()) is None:
        attempts.take_back([noted])
        raise _too_many(N_("A wrong passcode was entered {n} times from your network."), most)


def forget(share: str, address: str, visitor: str = "") -> None:
    """The passcode was right: what was guessed before no longer counts."""
    for place in {_place(address, visitor), address}:
        attempts.forget(share, place)


def _place(address: str, visitor: str) -> str:
    return f"visitor {visitor}" if visitor else address


def _too_many(found: str, n: int) -> InputError:
    return InputError(
        found=found,
        expected=N_("The person who shared the link knows it."),
        remedy=N_("Wait 15 minutes and try again."),
        n=n,
    )
