"""How a tar is packed: as it is, or with gzip, bzip2 or xz; told by its first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1 << 16
_MAGIC = {"gz": b"\x1f\x8b", "bz2": b"BZh", "xz": b"\xfd7zXZ\x00"}


def packing(start: bytes) -> str | None:
    """gz, bz2, xz or "plain" for the first block of a tar; None for anything else."""
    packed = next((name for name, magic in _MAGIC.items() if start.startswith(magic)), None)
    return packed or ("plain" if _is_header(start) else None)


def _is_header(start: bytes) -> bool:
    """By the checksum, which the oldest tars have too."""
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


class Bytes(Protocol):
    """What can be read forward only."""

    def read(self, size: int, /) -> bytes: ...


def unpacked(file: BinaryIO, packing: str) -> Bytes:
    """The bytes of the tar itself, from its start."""
    file.seek(0)
    if packing == "gz":
        return gzip.GzipFile(fileobj=file, mode="rb")
    make = {"bz2": bz2.BZ2Decompressor, "xz": lzma.LZMADecompressor}.get(packing)
    return Streams(file, make) if make else file


class Streams:
    """One packed stream after the other, as `bz2` and `lzma` read them; but these pass over in silence what stands
    behind a stream and is none."""

    def __init__(self, file: BinaryIO, make: Callable[[], Any]) -> None:
        self.file, self.make, self.now, self.rest = file, make, make(), b""

    def read(self, size: int) -> bytes:
        """Raises EOFError where a stream is cut off, OSError or LZMAError where something else begins."""
        parts = []
        while size and (part := self._some(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _some(self, size: int) -> bytes:
        while True:
            if self.now.eof:
                self.rest = (self.now.unused_data or self.rest).lstrip(b"\0") or self._more().lstrip(b"\0")
                if not self.rest:
                    return b""
                self.now = self.make()
            elif self.now.needs_input:
                self.rest = self.rest or self._more()
                if not self.rest:
                    raise EOFError
            given, self.rest = self.rest, b""
            if part := self.now.decompress(given, size):
                return part

    def _more(self) -> bytes:
        return self.file.read(_CHUNK)
