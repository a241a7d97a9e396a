"""Passwords: what may be one, and what is kept of it (argon2id as argon2-cffi sets it, after RFC 9106)."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from models.errors import N_, InputError

SHORTEST, LONGEST = 8, 1000  # characters; NIST SP 800-63B asks for eight and for no rules of composition
_hasher = PasswordHasher()


def checked(password: str, name: str) -> str:
    """
    Raises:
        InputError: it is too short or too long, or it is the name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            found=N_("The password has {n} characters."),
            expected=N_("It needs {least} to {most}."),
            remedy=N_("A sentence of several words is easy to remember and hard to guess."),
            n=len(password), least=SHORTEST, most=LONGEST,
        )  # fmt: skip
    if password.casefold() == name.casefold():
        raise InputError(
            found=N_("The password is the user name."),
            expected=N_("It should be something that others cannot guess."),
            remedy=N_("Choose another one."),
        )
    return password


def hashed(password: str) -> str:
    """About 50 ms and 64 MB."""
    return _hasher.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether it is the password of which this was kept; as slow where there is nothing to compare with, so that the
    time does not tell which names there are."""
    try:
        _hasher.verify(kept or _nobodys(), password[:LONGEST])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return kept is not None


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
