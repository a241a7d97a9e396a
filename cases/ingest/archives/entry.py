"""What zips and tars have in common, once their table of contents was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from models.errors import N_, InputError

NEEDED = N_("A zip or a tar of the data is needed.")
UPLOAD_AGAIN = N_("Upload it again, or create the archive again.")


@dataclass(frozen=True)
class Entry:
    """A file or folder of an archive; a folder's name ends with `/`. `handle` is what its reader knows it by."""

    name: str
    size: int
    packed: int  # bytes it takes up in the archive
    handle: Any


def another(kind: str) -> InputError:
    """Of what would be read by halves: archives that were put one behind the other into one file."""
    return InputError(
        found=N_("The file holds other data before or after the {kind}."),
        expected=N_("A file must hold exactly one archive."),
        remedy=N_("Upload the archives separately, or combine all files into one."),
        kind=kind,
    )


class Reader(Protocol):
    """An archive whose table of contents was read."""

    kind: str  # for messages: zip or tar

    def entries(self) -> Iterable[Entry]:
        """Every entry; raises InputError for one that is neither a file nor a folder."""

    def check(self, wanted: Sequence[Entry]) -> None:
        """Raise InputError when the archive contradicts itself, or a wanted file cannot be unpacked."""

    def in_order(self, wanted: Sequence[Entry]) -> Iterable[Entry]:
        """The order in which the files are best unpacked."""

    def copy(self, entry: Entry, target: BinaryIO) -> bool:
        """Unpack one file; whether it was what the archive says it is."""
