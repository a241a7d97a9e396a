"""Whether a JPEG holds as many blocks as its width and height ask for.

Pillow fills what is missing with grey and passes over what is left, both in silence.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

_UNIT = 32  # pixels; the tallest that is coded at once
_MADE_UP = 64  # units that a decoder may still read out of what fills its last bytes
_TALLEST = 65_500  # that a JPEG may be
_SIZES = frozenset({0xC0, 0xC1, 0xC2})  # the markers of the codings that Huffman's tables are for
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_SCAN, _END = 0xDA, b"\xff\xd9"


@dataclass(frozen=True)
class _Parts:
    height: int  # where the height stands
    scan: tuple[int, int]  # where the first scan begins and ends


def lies(content: bytes) -> bool:
    """False also for what is coded in a way that is not told here."""
    if (parts := _parts(content)) is None:
        return False
    height, width = (int.from_bytes(content[at : at + 2], "big") for at in (parts.height, parts.height + 2))
    below = _UNIT + _UNIT // 2 * -(-_MADE_UP // max(1, width // (_UNIT // 2)))
    taller = height + below + _UNIT
    if not height or taller > _TALLEST:
        return False
    seen = _small(content[: parts.height] + taller.to_bytes(2, "big") + content[parts.height + 2 :])
    scale = round(taller / len(seen))  # an eighth, but for the smallest
    rows = -(-height // scale)
    if np.ptp(seen[rows + below // scale :], axis=(0, 1)).any():
        return True  # below its last line there is more
    last = seen[rows - 1, -1]
    return bool((last == 128).all()) and _reads_on(content, parts)


def _reads_on(content: bytes, parts: _Parts) -> bool:
    """Whether the picture changes where its blocks are there twice: then they did not suffice."""
    start, stop = parts.scan
    return not np.array_equal(_small(content), _small(content[:stop] + content[start:stop] + content[stop:]))


def _small(content: bytes) -> np.ndarray:
    """(lines, columns, channels) at an eighth, which takes no more than to find the blocks."""
    with Image.open(io.BytesIO(content + _END), formats=("JPEG",)) as picture:  # some files lack it
        picture.draft(picture.mode, (max(1, picture.width // 8), max(1, picture.height // 8)))
        pixels = np.asarray(picture)
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _parts(content: bytes) -> _Parts | None:
    at, height = 2, 0
    while at + 4 <= len(content) and content[at] == 0xFF:
        kind, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if kind in _SIZES:
            height = at + 5
        if kind == _SCAN:
            start = at + 2 + length
            return _Parts(height, (start, _end(content, start))) if height else None
        at += 2 if kind in _ALONE else 1 if kind == 0xFF else 2 + length
    return None


def _end(content: bytes, at: int) -> int:
    """Where the next marker stands that is no restart."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        if content[at + 1] and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2
    return len(content)
