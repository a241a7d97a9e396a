"""How much is read at most of what people bring. Whoever runs the app may set each of these in its environment.

It is asked each time: a process that was forked has another environment than the one that imported this.
"""

from __future__ import annotations

from models.environment import number
from models.errors import N_

UPLOAD, ARCHIVE, FILE, FILES, TABLE, LINES, CELLS = (
    "CASEBOOK_READ_UPLOAD", "CASEBOOK_READ_ARCHIVE", "CASEBOOK_READ_FILE", "CASEBOOK_READ_FILES", "CASEBOOK_READ_TABLE",
    "CASEBOOK_READ_LINES", "CASEBOOK_READ_CELLS",
)  # fmt: skip
GB, MB = 10**9, 10**6
RAISE = N_("Upload less data, or ask the administrator to raise {setting}.")


def upload_bytes() -> int:
    """Of one uploaded file."""
    return _whole(UPLOAD, 20, GB)


def archive_bytes() -> int:
    """Of all files of an archive, unpacked."""
    return _whole(ARCHIVE, 20, GB)


def file_bytes(usual: int = 200 * MB) -> int:
    """Of one file in an archive, unpacked; `usual`: where nothing is set."""
    return _whole(FILE, usual / MB, MB)


def files() -> int:
    """In an archive, folders among them; and in a collection."""
    return _whole(FILES, 200_000)


def table_bytes() -> int:
    return _whole(TABLE, 1000, MB)


def lines(usual: int = 2_000_000) -> int:
    """Of a table; `usual`: where nothing is set."""
    return _whole(LINES, usual)


def cells() -> int:
    """Of a table."""
    return _whole(CELLS, 50_000_000)


def _whole(name: str, usual: float, unit: int = 1) -> int:
    return round(number(name, usual, 1 / unit) * unit)
