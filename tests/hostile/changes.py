"""How a file is changed by chance: bytes, stretches and lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Change = Callable[[bytes, np.random.Generator], bytes]


def some_bytes(whole: bytes, chance: np.random.Generator) -> bytes:
    """Others, in the whole file or near its beginning, where lengths stand."""
    changed = np.frombuffer(whole, np.uint8).copy()
    reach = int(chance.choice([len(whole), min(len(whole), 200)]))
    places = chance.integers(0, reach, int(chance.integers(1, 9)))
    changed[places] = chance.choice([0, 1, 127, 128, 255, int(chance.integers(0, 256))], len(places))
    return changed.tobytes()


def _cut(whole: bytes, chance: np.random.Generator) -> bytes:
    return whole[: int(chance.integers(0, len(whole)))]


def _twice(whole: bytes, chance: np.random.Generator) -> bytes:
    start, stop = sorted(chance.integers(0, len(whole), 2).tolist())
    return whole[:stop] + whole[start:]


def _without(whole: bytes, chance: np.random.Generator) -> bytes:
    start, stop = sorted(chance.integers(0, len(whole), 2).tolist())
    return whole[:start] + whole[stop:]


def _with_junk(whole: bytes, chance: np.random.Generator) -> bytes:
    at = int(chance.integers(0, len(whole)))
    return whole[:at] + chance.bytes(int(chance.integers(1, 300))) + whole[at:]


def _a_large_number(whole: bytes, chance: np.random.Generator) -> bytes:
    at = int(chance.integers(0, max(1, len(whole) - 8)))
    return whole[:at] + b"\xff\xff\xff\x7f\xff\xff\xff\x7f" + whole[at + 8 :]


CHANGES: Sequence[Change] = [
    some_bytes, some_bytes, _cut, _twice, _without, _with_junk, _a_large_number,
]  # fmt: skip
