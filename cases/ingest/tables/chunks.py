"""Bytes as characters, piece by piece: a whole text may take four bytes for each of its characters."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

PIECE = 1 << 18  # bytes


def decoded(content: bytes, encoding: str, errors: str = "replace") -> Iterator[str]:
    """`content.decode(encoding, errors)` in pieces; raises what that raises."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for start in range(0, len(content), PIECE):
        yield decoder.decode(content[start : start + PIECE], final=start + PIECE >= len(content))
