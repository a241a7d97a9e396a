"""Whole numbers as they come over the network: in an address, a header, a parameter."""

from __future__ import annotations

MOST = 2**31 - 1  # every row, and all that a database counts
MOST_BYTES = 2**63 - 1


def whole(text: str | None, most: int = MOST) -> int | None:
    """The number from 0 to `most` that the digits are; None for anything else, however long it is."""
    if not text or len(text) > len(str(most)) or not (text.isascii() and text.isdecimal()):
        return None
    number = int(text)
    return number if number <= most else None
