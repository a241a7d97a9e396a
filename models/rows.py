"""Arrays computed once, batch by batch, and kept on disk: decoded pixels, features.

A file of plain rows is appended to under a temporary name and renamed when it is whole, so that a process
that dies in the middle loses at most one batch. Written with `write`, not through a memory map: a full disk
is then an `OSError` and not a dead process.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from models.report import Report

Make = Callable[[int, int], np.ndarray]


@dataclass(frozen=True)
class Rows:
    """`count` rows of one shape and type in `path`."""

    path: Path
    count: int
    shape: tuple[int, ...]
    dtype: str

    @property
    def row_bytes(self) -> int:
        return int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize

    def complete(self) -> bool:
        return self.path.exists() and self.path.stat().st_size == self.count * self.row_bytes

    def open(self) -> np.ndarray:
        """(count, *shape), read from disk as it is touched."""
        return np.memmap(self.path, self.dtype, "r", shape=(self.count, *self.shape))

    def fill(self, make: Make, batch: int, report: Report, what: str) -> np.ndarray:
        """The rows, computed where they are not there yet; `make(start, stop)` returns those of one batch.

        The batches start at multiples of `batch` also after an interruption, so the values do not depend on it.
        """
        with _lock(self.path.with_suffix(".lock"), report):
            if not self.complete():
                self._append(make, batch, report, what)
        return self.open()

    def _append(self, make: Make, batch: int, report: Report, what: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        with partial.open("ab") as file:
            whole = file.tell() // self.row_bytes // batch * batch
            file.truncate(whole * self.row_bytes)
            for start in range(whole, self.count, batch):
                report.check()
                report.progress(what, start, self.count)
                made = np.ascontiguousarray(make(start, min(start + batch, self.count)), self.dtype)
                file.write(made.tobytes())
                file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)
        report.progress(what, self.count, self.count)


def _lock(path: Path, report: Report) -> FileLock:
    """The lock on `path`, once no other process computes the same rows; stopping does not wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    while True:
        try:
            lock.acquire(timeout=0.2)
            return lock
        except Timeout:
            report.check()
