"""Objects handed from one process to another of the same host: arrays that lie on the disk as their place there."""

from __future__ import annotations

import io
import mmap
import pickle
from typing import Any

import numpy as np


def dumped(value: Any) -> bytes:
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


def loaded(content: bytes) -> Any:
    """Only of what `dumped` made in a process that was started together with this one."""
    return pickle.loads(content)  # noqa: S301  nothing of it comes from a person


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, np.memmap) and _is_whole(value):
            return _mapped, (str(value.filename), value.dtype, value.offset, value.shape)
        return NotImplemented


def _is_whole(mapped: Any) -> bool:
    """Whether it is what was opened: of a part nobody knows where it begins."""
    return isinstance(mapped.base, mmap.mmap) and bool(mapped.filename)


def _mapped(path: str, dtype: np.dtype, offset: int, shape: tuple[int, ...]) -> np.memmap:
    return np.memmap(path, dtype, "r", offset, shape)
