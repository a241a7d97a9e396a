"""Files of text that are read line by line, as often as needed, and never held as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from cases.ingest.tables.chunks import PIECE
from cases.ingest.tables.encoding import is_text, known, no_text, telling, title
from models.errors import N_

LONGEST = 10_000_000  # characters of a line or a text; the longest novels have half of it
MOST_BYTES = 4 * LONGEST  # of a text that can be short enough
TOO_LONG = N_("It has more than 10 million characters.")


@dataclass(frozen=True)
class TextFile:
    """A file of text and its encoding, read piece by piece or line by line."""

    path: Path
    encoding: str

    @property
    def title(self) -> str:
        """Its encoding as people know it."""
        return title(self.encoding)

    def pieces(self) -> Iterator[str]:
        with self._opened("") as file:
            yield from iter(partial(file.read, PIECE), "")

    def lines(self, ends: str | None = "") -> Iterator[str]:
        """Each with its end; `ends` as `open` takes it for newline. One of more than `LONGEST` is cut, and only such a
        line is longer than that here."""
        with self._opened(ends) as file:
            for line in iter(partial(file.readline, LONGEST + 1), ""):
                if len(line) > LONGEST:
                    _pass_over(file, line)
                yield line

    def _opened(self, ends: str | None) -> TextIO:
        return self.path.open(encoding=self.encoding, errors="replace", newline=ends)


def opened(path: Path, name: str, asked: str = "") -> TextFile:
    """See `characters.decode`."""
    file = TextFile(path, known(telling(path), name, asked))
    if not is_text(file.pieces()):
        raise no_text(name)
    return file


def _pass_over(file: TextIO, piece: str) -> None:
    """The rest of the line that begins with `piece`. The cut may lie between the two characters of one end."""
    asked = LONGEST + 1
    while piece and not piece.endswith("\n") and not (piece.endswith("\r") and len(piece) < asked):
        asked = PIECE
        piece = file.readline(asked)
