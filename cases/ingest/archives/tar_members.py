"""A tar as something to unpack: `tarfile` reads the headers, the files are copied from where these say they are."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from cases.ingest.archives import limits, names
from cases.ingest.archives.entry import NEEDED, Entry
from cases.ingest.archives.limits import Limits
from cases.ingest.archives.tar_compression import BLOCK
from cases.ingest.archives.tar_stream import TarStream, damaged
from models.errors import N_, InputError


@dataclass(frozen=True)
class _Header:
    name: str  # bytes that are not UTF-8 as lone surrogates
    size: int
    at: int  # where its bytes begin
    folder: bool
    odd: bool  # a link, a device, or a file with holes

    @property
    def end(self) -> int:
        return self.at + (0 if self.folder or self.odd else self.size)


class Tar:
    kind = "tar"

    def __init__(self, file: BinaryIO, packing: str, limits: Limits) -> None:
        self.file, self.packing, self.limits = file, packing, limits
        self.copying: TarStream | None = None

    def __enter__(self) -> Tar:
        return self

    def __exit__(self, *_: object) -> None: ...

    def entries(self) -> Iterator[Entry]:
        headers = self._headers()
        encoding = names.encoding_of(b"\n".join(_raw(h.name) for h in headers if not _is_text(h.name)))
        for header in headers:
            name = header.name if _is_text(header.name) else _raw(header.name).decode(encoding)
            name = names.composed(name) + "/" * header.folder
            names.refuse_dangerous(name, self.kind)
            if header.odd:
                _refuse_odd(name)
            yield Entry(name, header.size, header.size, header.at)

    def _headers(self) -> list[_Header]:
        stream = TarStream(self.file, self.packing, self.limits)
        headers: list[_Header] = []
        try:
            opened = tarfile.TarFile(
                fileobj=stream,  # type: ignore[arg-type]  # it is read only, and need neither be written nor closed
                encoding="utf-8",
                errors="surrogateescape",
            )
            while entry := opened.next():
                # They would be kept with all that their headers hold; the stubs do not know where.
                opened.members.clear()  # type: ignore[attr-defined]
                headers.append(_header(entry, after=headers[-1].end if headers else 0))
                if len(headers) > self.limits.files:
                    raise limits.too_many(self.limits, self.kind)
        except (tarfile.TarError, ValueError, OverflowError, RecursionError):
            raise damaged() if headers else self._not_a_tar() from None
        if stream.last_block != bytes(BLOCK):
            raise damaged()  # tarfile takes a header it cannot read for the end
        stream.to_the_end()
        return headers

    def _not_a_tar(self) -> InputError:
        if self.packing == "plain":
            return damaged()
        return InputError(
            found=N_("The {packing} file does not contain a tar."),
            expected=NEEDED,
            remedy=N_("Put the data into a folder, zip the folder and upload that."),
            packing=self.packing,
        )

    def check(self, wanted: Sequence[Entry]) -> None:
        """Nothing is left to ask: that no entry begins before the last one ends was seen with its header."""

    def in_order(self, wanted: Sequence[Entry]) -> list[Entry]:
        return sorted(wanted, key=lambda entry: entry.handle)

    def copy(self, entry: Entry, target: BinaryIO) -> bool:
        self.copying = self.copying or TarStream(self.file, self.packing, self.limits)
        self.copying.seek(entry.handle)
        return self.copying.copy(entry.size, target)


def _header(entry: tarfile.TarInfo, after: int) -> _Header:
    if entry.size < 0 or entry.offset_data < after:
        raise damaged()
    odd = not (entry.isreg() or entry.isdir()) or entry.issparse()
    return _Header(entry.name, entry.size, entry.offset_data, entry.isdir(), odd)


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _refuse_odd(name: str) -> None:
    raise InputError(
        found=N_("“{file}” in the {kind} is a link, a device or a sparse file."),
        expected=N_("Only files and folders may be in the {kind}."),
        remedy=N_("Put the files themselves in place of the links and zip the folder again."),
        file=names.printable(name),
        kind="tar",
    )
