"""The bytes of a tar, read forward only, and never more of them than is reasonable."""

from __future__ import annotations

import lzma
import os
import zlib
from typing import BinaryIO

from cases.ingest.archives import limits
from cases.ingest.archives.entry import UPLOAD_AGAIN, another
from cases.ingest.archives.limits import Limits
from cases.ingest.archives.tar_compression import BLOCK, unpacked
from models.errors import N_, InputError

HEADER_BYTES = 4 * BLOCK  # an entry's header and its long names, on the average
_CHUNK = 1 << 20
_LEAST_HEADERS = 10 * 2**20


class TarStream:
    """A file object for `tarfile`, which reads headers and seeks past the files, and for the copying after it."""

    def __init__(self, file: BinaryIO, packing: str, limits: Limits) -> None:
        self.file, self.source, self.packing, self.limits = file, unpacked(file, packing), packing, limits
        self.packed = os.fstat(file.fileno()).st_size
        self.at = 0
        self.headers = max(limits.files * HEADER_BYTES, _LEAST_HEADERS)  # bytes that may still be read as such
        self.last_block = b""

    def tell(self) -> int:
        return self.at

    def read(self, size: int) -> bytes:
        """Bytes of headers; `tarfile` keeps them in memory, so that a tar of headers only must not go on."""
        if not 0 <= size <= _CHUNK:
            raise damaged()
        self.headers -= size
        if self.headers < 0:
            raise limits.too_many(self.limits, "tar")
        self.last_block = self._take(size)
        return self.last_block

    def seek(self, position: int) -> None:
        """Only forward: a negative size in a header would have `tarfile` go round in circles. And never past the end,
        where not every system can look."""
        if position < self.at or (self.packing == "plain" and position > self.packed):
            raise damaged()
        if self.packing == "plain":
            self.file.seek(position)
            self.at = position
        while self.at < position and self._take(min(_CHUNK, position - self.at)):
            pass

    def to_the_end(self) -> None:
        """Read what follows the last entry, which must be zeros; so the checksum of the packing is compared too."""
        while chunk := self._take(_CHUNK):
            if chunk.count(0) < len(chunk):
                raise another("tar")

    def copy(self, size: int, target: BinaryIO) -> bool:
        """Whether all of the next `size` bytes were there."""
        left = size
        while left and (chunk := self._take(min(_CHUNK, left))):
            target.write(chunk)
            left -= len(chunk)
        return not left

    def _take(self, size: int) -> bytes:
        try:
            taken = self.source.read(size)
        except (EOFError, zlib.error, lzma.LZMAError):
            raise damaged() from None
        except OSError as error:  # gzip and bz2 have no error of their own for bytes that are not theirs
            if error.errno is None:
                raise damaged() from None
            raise
        self.at += len(taken)
        self._refuse_bomb()
        return taken

    def _refuse_bomb(self) -> None:
        if self.at > self.limits.total_bytes + self.limits.files * HEADER_BYTES:
            raise limits.too_large(self.at, self.limits, "tar")
        if self.at > self.limits.ratio_from_bytes and self.at > self.packed * self.limits.total_ratio:
            raise limits.like_a_bomb(self.at, self.packed, self.limits, "tar")


def damaged() -> InputError:
    return InputError(
        found=N_("The tar is cut off or damaged: it cannot be read to its end."),
        expected=N_("A complete tar is needed."),
        remedy=UPLOAD_AGAIN,
    )
