"""A zip as something to unpack."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from typing import BinaryIO
from zipfile import ZipInfo

from cases.ingest.archives import names, zip_structure
from cases.ingest.archives.entry import Entry
from cases.ingest.archives.limits import Limits

_NAMES_ARE_UTF8 = 0x800


class Zip:
    kind = "zip"

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self.file, self.opened = file, zip_structure.open_zip(file, limits)

    def __enter__(self) -> Zip:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.close()

    def entries(self) -> Iterator[Entry]:
        infos = self.opened.infolist()
        _name(infos)
        for info in infos:
            names.refuse_dangerous(info.filename, self.kind)
            zip_structure.refuse_odd_entry(info)
            yield Entry(info.filename, info.file_size, info.compress_size, info)

    def check(self, wanted: Sequence[Entry]) -> None:
        for entry in wanted:
            zip_structure.refuse_unknown_method(entry.handle)
        zip_structure.refuse_contradictions(self.file, self.opened)
        zip_structure.refuse_others(self.file, self.opened)

    def in_order(self, wanted: Sequence[Entry]) -> Sequence[Entry]:
        return wanted

    def copy(self, entry: Entry, target: BinaryIO) -> bool:
        """ZipFile never reads past the declared size and compares the checksum; too little passes it."""
        try:
            with self.opened.open(entry.handle) as source:
                shutil.copyfileobj(source, target, 1 << 20)
        except zip_structure.UNREADABLE:
            return False
        return target.tell() == entry.size


def _name(infos: Sequence[ZipInfo]) -> None:
    """Put the name of each entry, composed (NFC), into its `filename`; `orig_filename` stays as zipfile needs it.

    A name that is not flagged as UTF-8 is in the characters of the computer that made the zip.
    """
    unflagged = [_raw(info) for info in infos if not info.flag_bits & _NAMES_ARE_UTF8]
    encoding = names.encoding_of(b"\n".join(unflagged))
    for info in infos:
        flagged = info.flag_bits & _NAMES_ARE_UTF8
        name = info.orig_filename if flagged else _raw(info).decode(encoding)
        info.filename = names.composed(name)


def _raw(info: ZipInfo) -> bytes:
    return info.orig_filename.encode("cp437")  # zipfile decoded it so; cp437 has a character for every byte
