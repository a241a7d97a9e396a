"""A zip as a file: whether it can be read at all, and whether its parts agree with each other."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from cases.ingest.archives.entry import NEEDED, UPLOAD_AGAIN, another
from cases.ingest.archives.limits import Limits, too_many
from cases.ingest.archives.names import printable
from cases.ingest.archives.tar_compression import BLOCK, packing
from models.errors import N_, InputError

UNREADABLE = (BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error, zlib.error, EOFError)
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8  # general purpose flags
_DIRECTORY_BYTES = 512  # more for each entry in the table of contents means more entries than are allowed
_LOCAL_HEADER = struct.Struct("<4s2xH10x2I2H")  # signature, flags, packed size, size, lengths of name and extra
_END_RECORD_BYTES = 22  # without its comment
_CONTENTS, _COMMENT, _AT = 5, 7, 9  # places in what `zipfile` says of the record at the end
_LOOKED_AT = 1 << 16
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # left out, or in an extra field of a zip over 4 GB


class _EndRecord(NamedTuple):
    at: int  # where it begins
    contents: int  # bytes of the table of contents before it
    comment: int  # bytes of the comment behind it


def _end_record(file: BinaryIO) -> _EndRecord | None:
    """The record that ZipFile goes by; but that makes an object of every entry before anyone can count them."""
    record = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # private, and so unknown to the stubs
    return _EndRecord(record[_AT], record[_CONTENTS], record[_COMMENT]) if record else None


def open_zip(file: BinaryIO, limits: Limits) -> ZipFile:
    """Read the table of contents; raise InputError when there is none or when it is too long."""
    start = file.read(4)
    if not start:
        raise InputError(found=N_("The file is empty (0 bytes)."), expected=NEEDED, remedy=UPLOAD_AGAIN)
    try:
        end = _end_record(file)
        most = max(limits.files * _DIRECTORY_BYTES, 10**6)
        if end and most < end.contents <= end.at:
            raise too_many(limits, "zip")
        opened = ZipFile(file)
    except UNREADABLE:
        raise _not_a_zip(start) from None
    if len(opened.infolist()) > limits.files:
        raise too_many(limits, "zip")
    return opened


def _not_a_zip(start: bytes) -> InputError:
    if start.startswith(b"PK"):
        return InputError(
            found=N_("The zip is cut off or damaged: its table of contents cannot be read."),
            expected=N_("A complete zip is needed."),
            remedy=UPLOAD_AGAIN,
        )
    return InputError(
        found=N_("The file is neither a zip nor a tar."),
        expected=NEEDED,
        remedy=N_("Put the data into a folder and zip it. RAR and 7z are not supported."),
    )


def refuse_odd_entry(entry: ZipInfo) -> None:
    """Raise InputError for an entry that is encrypted or neither a file nor a folder."""
    if entry.flag_bits & _ENCRYPTED:
        raise InputError(
            found=N_("“{file}” in the zip is protected by a password."),
            expected=N_("A zip without a password is needed."),
            remedy=N_("Create the zip again without a password."),
            file=printable(entry.filename),
        )
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise InputError(
            found=N_("“{file}” in the zip is a symbolic link or a device."),
            expected=N_("Only files and folders may be in the zip."),
            remedy=N_("Put the files themselves in place of the links and zip the folder again."),
            file=printable(entry.filename),
        )


def refuse_unknown_method(entry: ZipInfo) -> None:
    """Raise InputError for what `zipfile` cannot unpack everywhere, or only with other errors than UNREADABLE."""
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise InputError(
            found=N_("“{file}” in the zip uses an unsupported compression method ({method})."),
            expected=N_("Supported methods are “Store” and “Deflate”."),
            remedy=N_("Create the zip again with the method “Deflate”."),
            file=printable(entry.filename),
            method=entry.compress_type,
        )


def refuse_others(file: BinaryIO, opened: ZipFile) -> None:
    """Raise InputError when another archive stands before this one or anything behind it; a program that unpacks it
    may stand before it."""
    end = _end_record(file)
    if end is None:
        raise _not_a_zip(b"PK")
    file.seek(end.at + _END_RECORD_BYTES + end.comment)
    behind = file.read(_LOOKED_AT)
    file.seek(0)
    before = file.read(_LOOKED_AT)
    first = min((entry.header_offset for entry in opened.infolist()), default=0)
    if behind.count(0) < len(behind) or (first and (before.startswith(b"PK\3\4") or packing(before[:BLOCK]))):
        raise another("zip")


def refuse_contradictions(file: BinaryIO, opened: ZipFile) -> None:
    """Raise InputError when entries share bytes (Fifield 2019) or an entry and its own header disagree.

    Python looks for the first from 3.11.8 on only, and for the second never.
    """
    end = 0
    for entry in sorted(opened.infolist(), key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            _refuse(N_("“{file}” in the zip overlaps another entry, like a zip bomb."), entry)
        file.seek(entry.header_offset)
        header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\3\4"):
            _refuse(N_("“{file}” is not where the zip says it is."), entry)
        _, flags, packed, size, *lengths = _LOCAL_HEADER.unpack(header)
        same = packed in (*_UNKNOWN_SIZES, entry.compress_size) and size in (*_UNKNOWN_SIZES, entry.file_size)
        if not same and not flags & _SIZES_FOLLOW:
            _refuse(N_("The zip gives two different sizes for “{file}”."), entry)
        end = entry.header_offset + _LOCAL_HEADER.size + sum(lengths) + entry.compress_size
        if end > opened.start_dir:
            _refuse(N_("“{file}” in the zip overlaps its table of contents, like a zip bomb."), entry)


def _refuse(found: str, entry: ZipInfo) -> None:
    raise InputError(
        found=found,
        expected=N_("Every file in a zip must have its own position and a single size."),
        remedy=N_("Create the zip again from the original files."),
        file=printable(entry.filename),
    )
