"""How a tar is packed: as it is, or with gzip, bzip2 or xz; told by its first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from typing import BinaryIO

BLOCK = tarfile.BLOCKSIZE
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


def unpacked(file: BinaryIO, packing: str) -> BinaryIO:
    """The bytes of the tar itself, from its start."""
    file.seek(0)
    if packing == "gz":
        return gzip.GzipFile(fileobj=file, mode="rb")
    return {"plain": lambda f: f, "bz2": bz2.BZ2File, "xz": lzma.LZMAFile}[packing](file)
