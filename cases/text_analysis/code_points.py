"""Many texts as one array of code points, so that looking at every character needs no loop in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

AT_ONCE = 1_000_000  # characters, or one longer text


@dataclass(frozen=True)
class Block:
    """Texts `start` to `stop` of all; each begins at its place in `codes`. None is empty."""

    start: int
    stop: int
    codes: np.ndarray  # (characters,) uint32
    begins: np.ndarray  # (texts,)


def blocks(texts: Sequence[str]) -> Iterator[Block]:
    """Yield consecutive texts as one array of code points, at most `AT_ONCE` at a time but for a longer text."""
    ends = np.cumsum([len(text) for text in texts])
    start = 0
    while start < len(texts):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + AT_ONCE, side="right")))
        codes = np.frombuffer("".join(texts[start:stop]).encode("utf-32-le", "surrogatepass"), np.uint32)
        yield Block(start, stop, codes, np.concatenate([[0], ends[start : stop - 1] - done]))
        start = stop
