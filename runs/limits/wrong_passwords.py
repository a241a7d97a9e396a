"""Guesses at a password: slowed down per account and per address, without locking its person out.

A browser that has logged in to the account before has a mark of its own (a device cookie, OWASP) and is counted apart:
whatever others guess, from the same address too, its person can still log in. A class behind one address shares only
the last and widest of the bounds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from models.errors import N_, InputError
from runs.limits import attempts

OF_ONE = 5  # guesses at one account from one address, or from one known browser
OF_ACCOUNT = 50  # at one account from browsers that are not known, wherever they are
OF_ADDRESS = 1000  # from one address at any account, from browsers that are not known
_ANYWHERE, _ANYONE = "anywhere", "any account"


def count(account: str, address: str, device: str = "") -> list[int]:
    """Note one guess before the password is looked at.

    Args:
        account: the folded name, whether there is such a person or not.
        address: of the guesser; empty for this machine.
        device: of the mark that this browser has of this account; empty without one.

    Returns:
        What is noted, for `forget`.

    Raises:
        InputError: there were too many; this one is not counted.
    """
    subject = _subject(account)
    if device:
        bounds = [(subject, f"device {device}", OF_ONE)]
    else:
        bounds = [(subject, address, OF_ONE), (subject, _ANYWHERE, OF_ACCOUNT), (_ANYONE, address, OF_ADDRESS)]
    noted: list[int] = []
    for bound in bounds:
        if (guess := attempts.note(*bound)) is None:
            attempts.take_back(noted)
            raise InputError(
                found=N_("There were too many wrong passwords."),
                expected=N_("For a while no other is looked at from here."),
                remedy=N_("Wait 15 minutes, or log in from a browser that you have used before."),
            )
        noted.append(guess)
    return noted


def forget(account: str, address: str, device: str = "", noted: Sequence[int] = ()) -> None:
    """The password was right: what was guessed from there no longer counts, nor does this one anywhere."""
    attempts.forget(_subject(account), f"device {device}" if device else address)
    attempts.take_back(noted)


def _subject(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()[:16]
