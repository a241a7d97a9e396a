"""Arrays computed once, batch by batch, and kept on disk: decoded pixels, features.

A file of plain rows is appended to under a temporary name and renamed when it is whole, so that a process
that dies in the middle loses at most one batch. Written with `write`, not through a memory map: a full disk
is then an `OSError` and not a dead process. Checksums tell what was damaged since; it is made again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from models.memory import Fitting, Growth
from models.progress import ProgressReporter
from models.storage import checksums, locks

Make = Callable[[int, int], np.ndarray]
SUM = 4  # bytes of a batch's CRC-32


@dataclass(frozen=True)
class ArrayCache:
    """`count` rows of one shape and type in `path`."""

    path: Path
    count: int
    shape: tuple[int, ...]
    dtype: str

    @property
    def row_bytes(self) -> int:
        return int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize

    def complete(self) -> bool:
        """Whether the file is whole, and as it was written."""
        size = self.count * self.row_bytes
        return self.path.exists() and self.path.stat().st_size == size and checksums.intact(self.path)

    def open(self) -> np.ndarray:
        """(count, *shape), read from disk as it is touched; opened once, so that it stays when its file is removed."""
        return self._opened

    @cached_property
    def _opened(self) -> np.ndarray:
        return np.memmap(self.path, self.dtype, "r", shape=(self.count, *self.shape))

    def fill(
        self, make: Make, batch: int, report: ProgressReporter, what: str, growth: Growth | None = None
    ) -> np.ndarray:
        """The rows, computed where they are not there yet; `make(start, stop)` returns those of one batch.

        The batches start at multiples of `batch` also after an interruption, so the values do not depend on it. Where
        memory does not hold one, it is made in parts; where there is a `growth`, it says in how large ones.

        Raises:
            InputError: the memory does not hold a single item.
        """
        with locks.held(self.path.with_suffix(".lock"), report):
            if not self.complete():
                self._append(make, batch, report, what, growth)
                self.__dict__.pop("_opened", None)  # what was opened before is another file
            return self.open()

    def _append(
        self, make: Make, batch: int, report: ProgressReporter, what: str, growth: Growth | None
    ) -> None:  # fmt: skip
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished, sums = self.path.with_suffix(".partial"), self.path.with_suffix(".sums")
        whole, fitting = self._whole(unfinished, sums, batch), Fitting(report)
        with unfinished.open("ab") as file, sums.open("ab") as noted:
            file.truncate(min(whole * batch, self.count) * self.row_bytes)
            noted.truncate(whole * SUM)
            for start in range(whole * batch, self.count, batch):
                report.check()
                report.progress(what, start, self.count)
                stop = min(start + batch, self.count)
                parts = _grown(growth, make, start, stop) if growth else fitting(make, start, stop)
                made = b"".join(np.ascontiguousarray(part, self.dtype).tobytes() for part in parts)
                file.write(made)
                file.flush()
                noted.write(_sum(made))
                noted.flush()
        checksums.settle(unfinished, self.path)
        sums.unlink()
        report.progress(what, self.count, self.count)

    def _whole(self, unfinished: Path, sums: Path, batch: int) -> int:
        """How many batches lie in `unfinished` as they were written."""
        if not (unfinished.exists() and sums.exists()):
            return 0
        noted = sums.read_bytes()
        with unfinished.open("rb") as file:
            for number in range(len(noted) // SUM):
                if _sum(file.read(batch * self.row_bytes)) != noted[number * SUM : (number + 1) * SUM]:
                    return number
        return len(noted) // SUM


def _grown(growth: Growth, make: Make, start: int, stop: int) -> list[np.ndarray]:
    parts: list[np.ndarray] = []
    while start < stop:
        end = min(start + growth.size, stop)
        part = growth.tried(partial(make, start, end), full=end - start == growth.size, alone=end - start == 1)
        if part is not None:
            parts.append(part)
            start = end
    return parts


def _sum(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(SUM)
