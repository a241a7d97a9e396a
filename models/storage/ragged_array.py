"""Arrays of one dimension and different lengths, one after the other in a file; read from disk as they are touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class RaggedArray:
    """`lengths`: how many values each of them has; float32."""

    path: Path
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, row: int) -> np.ndarray:
        end = int(self._ends[row])
        return self._values[end - int(self.lengths[row]) : end]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[row] for row in range(len(self)))

    @cached_property
    def _ends(self) -> np.ndarray:
        return np.cumsum(self.lengths, dtype=np.int64)

    @cached_property
    def _values(self) -> np.ndarray:
        return np.memmap(self.path, np.float32, "r") if self._ends[-1:].any() else np.zeros(0, np.float32)


def write(path: Path, arrays: Iterable[np.ndarray]) -> RaggedArray:
    """Each is written as it comes; a full disk is an `OSError`."""
    lengths = []
    with path.open("wb") as file:
        for array in arrays:
            file.write(np.ascontiguousarray(array, np.float32).tobytes())
            lengths.append(len(array))
    return RaggedArray(path, np.array(lengths, np.int64))
