"""Numbers out of the bytes of a file, one after the other."""

from __future__ import annotations

import numpy as np


class Reader:
    """`place` is the next byte; a ValueError says that the file ends too early."""

    def __init__(self, data: bytes, place: int = 0) -> None:
        self.data, self.place = data, place

    def many(self, dtype: str | np.dtype, count: int) -> np.ndarray:
        found = np.frombuffer(self.data, dtype, count, self.place)
        self.place += found.nbytes
        return found

    def one(self, dtype: str) -> int:
        return int(self.many(dtype, 1)[0])

    def real(self, dtype: str) -> float:
        return float(self.many(dtype, 1)[0])

    def text(self, length: int) -> str:
        """`length` in bytes of UTF-8."""
        return self.many("u1", length).tobytes().decode()
