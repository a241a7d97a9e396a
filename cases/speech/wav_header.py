"""WAV files whose header tells another length than they have, as recorders leave them that were cut short."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ENDLESS = 0x7FFF0000  # bytes; so much or more is written where the length was not known yet
TRAILER = 4096  # bytes; fewer after the sound may be anything


@dataclass(frozen=True)
class Header:
    """`told`: bytes of sound, as it says at `place`; `held`: how many there are."""

    order: str  # of the bytes, for struct
    place: int
    told: int
    held: int

    @property
    def lies(self) -> bool:
        return self.told != self.held and self.told < ENDLESS


def read(path: Path) -> Header | None:
    """None where the file is no WAV with sound in it, or is of the kind for more than 4 GB."""
    end = path.stat().st_size
    with path.open("rb") as file:
        kind = file.read(12)
        if kind[:4] not in (b"RIFF", b"RIFX") or kind[8:] != b"WAVE":
            return None
        order = "<" if kind[:4] == b"RIFF" else ">"
        while len(head := file.read(8)) == 8:
            told = struct.unpack(order + "I", head[4:])[0]
            if head[:4] == b"data":
                return Header(order, file.tell() - 4, told, _held(file, told, end - file.tell(), order))
            file.seek(told + told % 2, os.SEEK_CUR)
    return None


def _held(file: BinaryIO, told: int, rest: int, order: str) -> int:
    """Bytes of sound that there are: as many as told, unless the file ends before or goes on with more of them."""
    if told > rest:
        return rest
    file.seek(told + told % 2, os.SEEK_CUR)
    after = file.read(TRAILER)
    if told and len(after) < TRAILER:
        return told
    is_part = after[:4].isalnum() and struct.unpack(order + "I", after[4:8])[0] <= rest - told
    return told if is_part or not any(after) else rest


class Mended:
    """The file to read from, with the true length in its header."""

    def __init__(self, file: BinaryIO, header: Header) -> None:
        whole = header.place + 4 + header.held - 8
        self.file = file
        self.patches = {4: struct.pack(header.order + "I", whole),
                        header.place: struct.pack(header.order + "I", header.held)}  # fmt: skip

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def read(self, count: int = -1) -> bytes:
        start = self.file.tell()
        content = bytearray(self.file.read(count))
        for place, patch in self.patches.items():
            for number, byte in enumerate(patch, start=place - start):
                if 0 <= number < len(content):
                    content[number] = byte
        return bytes(content)
