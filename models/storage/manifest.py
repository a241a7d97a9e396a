"""What a folder in object storage consists of: the name of each file, and in which object its bytes lie."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

LONGEST = 4096  # characters of a name
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Piece:
    """One file: `size` bytes from `offset` on of an object, whose key is the SHA-256 of all that it holds.

    `modified`: when the file was written, in nanoseconds: what was made of it later must stay later.
    """

    object: str
    offset: int
    size: int
    sha256: str
    modified: int

    @property
    def is_alone(self) -> bool:
        """Whether the object is the file."""
        return self.object == self.sha256


Manifest = Mapping[str, Piece]


def written(files: Manifest) -> bytes:
    """The same bytes for the same files, whatever their order."""
    return json.dumps({name: asdict(files[name]) for name in sorted(files)}, ensure_ascii=False).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def parsed(content: bytes) -> dict[str, Piece]:
    """
    Raises:
        ValueError: it is no manifest, or one of its files would lie outside its folder.
    """
    try:
        told = json.loads(content)
        files = {name: Piece(**piece) for name, piece in told.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError("This is no manifest of a folder.") from error
    for name, piece in files.items():
        if not _is_inside(name):
            raise ValueError(f"{name!r} does not lie in its folder.")
        if not _is_sound(piece):
            raise ValueError(f"Where the bytes of {name!r} lie is not told.")
    return files


def _is_inside(name: str) -> bool:
    """Also where this system is Windows, which knows more ways out."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    plain = 0 < len(name) <= LONGEST and "\0" not in name and posix.as_posix() == name != "."
    out = posix.is_absolute() or windows.drive or windows.root or ".." in (*posix.parts, *windows.parts)
    return plain and not out


def _is_sound(piece: Piece) -> bool:
    digests: list[Any] = [piece.object, piece.sha256]  # of whatever kind stood in the JSON
    numbers = [piece.offset, piece.size, piece.modified]
    return all(isinstance(one, str) and _SHA256.fullmatch(one) for one in digests) and all(
        type(one) is int and one >= 0 for one in numbers
    )
