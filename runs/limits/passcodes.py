"""Guesses at a link's passcode: whoever guesses too often waits, and holds up nobody else."""

from __future__ import annotations

from models.errors import N_, InputError
from runs.limits import attempts

MOST = 5  # of one link and address, in `attempts.WINDOW`


def count(share: str, address: str) -> None:
    """
    Args:
        share: the id of the link.
        address: of the visitor; empty for this machine.

    Raises:
        InputError: there were too many already; this one is not counted.
    """
    if not attempts.allowed(share, address, MOST):
        raise InputError(
            found=N_("The passcode was wrong {n} times."),
            expected=N_("The person who shared the link knows it."),
            remedy=N_("Wait 15 minutes and try again."),
            n=MOST,
        )


def forget(share: str, address: str) -> None:
    """The passcode was right: what was guessed before no longer counts."""
    attempts.forget(share, address)
