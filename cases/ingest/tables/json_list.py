"""A list in JSON, value by value: the whole of it takes many times its bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from cases.ingest.tables.text_files import LONGEST

_SIGN = re.compile(r"[^ \t\n\r]")

_EXPONENT = len("e+")  # so much of a number may be passed over where its digits are not there yet


class TooLong(ValueError):
    """A value has more than `LONGEST` characters, or no end."""


def values(pieces: Iterator[str]) -> Iterator[Any]:
    """The values of the list that the pieces spell.

    Raises:
        ValueError: they spell something else, perhaps after some values.
        RecursionError: a value is too deep.
    """
    reading = _Reading(pieces)
    if reading.sign() != "[":
        raise ValueError
    reading.place += 1
    following = reading.sign() != "]"
    reading.place += not following
    while following:
        yield reading.value()
        if (sign := reading.sign()) not in (",", "]"):
            raise ValueError
        reading.place += 1
        following = sign == ","
    if reading.sign():
        raise ValueError


class _Reading:
    """What is read now, from `place` on; more is added where that is needed."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self.place = 0
        self._text, self._pieces, self._decoder = "", pieces, json.JSONDecoder()

    def sign(self) -> str:
        """The next character that is not blank, which stays there; "" at the end."""
        while True:
            found = _SIGN.search(self._text, self.place)
            self.place = found.start() if found else len(self._text)
            if self.place < len(self._text) or not self._more():
                return self._text[self.place : self.place + 1]

    def value(self) -> Any:
        self.sign()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._text, self.place)
            except json.JSONDecodeError:
                self._refuse_long(len(self._text))
                if not self._more():
                    raise
            else:
                self._refuse_long(end)
                if len(self._text) - end > _EXPONENT or not self._more():
                    self.place = end
                    return found

    def _refuse_long(self, end: int) -> None:
        if end - self.place > LONGEST:
            raise TooLong

    def _more(self) -> bool:
        """At least as much as there is, for a long value is read from its beginning each time."""
        if (piece := next(self._pieces, None)) is None:
            return False
        parts = [self._text[self.place :], piece]
        size = len(parts[0]) + len(piece)
        while size < 2 * len(parts[0]) and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            size += len(piece)
        self._text, self.place = "".join(parts), 0
        return True
