"""What memory is not to hold, in a file without a name that goes with whoever holds it."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path
from typing import IO, Protocol


class Stored(Protocol):
    """Bytes, wherever they are."""

    def read(self) -> bytes: ...


class _InMemory:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        return self._content


class Spill:
    """Keeps the first `most` bytes in memory and the others in a file in `folder`, which is made when it is needed."""

    def __init__(self, folder: Path | None, most: int) -> None:
        self._folder, self._left = folder, most
        self._file: IO[bytes] | None = None
        self._end = 0

    def put(self, content: bytes) -> Stored:
        if self._folder is None or len(content) <= self._left:
            self._left -= len(content)
            return _InMemory(content)
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
            weakref.finalize(self, self._file.close)
        self._file.seek(self._end)
        self._file.write(content)
        stored = _InFile(self, self._file, self._end, len(content))
        self._end += len(content)
        return stored


class _InFile:
    """The file is open as long as its `spill` is there."""

    def __init__(self, spill: Spill, file: IO[bytes], start: int, size: int) -> None:
        self._spill, self._file, self._start, self._size = spill, file, start, size

    def read(self) -> bytes:
        self._file.seek(self._start)
        return self._file.read(self._size)
