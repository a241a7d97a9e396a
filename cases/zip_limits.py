"""How much may be unpacked from one zip, judged by what the zip declares."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipInfo

from cases.zip_names import printable
from models.errors import N_, InputError

_SMALLER_PART = N_("Upload a smaller part of the data.")
_TIMES_ALLOWED = N_("At most {limit} times its size is allowed.")


@dataclass(frozen=True)
class Limits:
    files: int = 100_000
    """Entries of any kind: folders and unwanted files count."""
    total_bytes: int = 20 * 10**9
    file_bytes: int = 200 * 10**6
    file_ratio: int = 200
    """Unpacked bytes for one packed byte, for one file; deflate cannot exceed 1032."""
    total_ratio: int = 100
    ratio_from_bytes: int = 50 * 10**6
    """Less than this is never judged by its ratio: silence and blank pictures shrink to a thousandth."""


def too_many(limits: Limits) -> InputError:
    return InputError(
        found=N_("The zip holds more than {limit} files and folders."),
        expected=N_("A zip may hold at most {limit} files and folders."),
        remedy=N_("Leave out what is not needed, or upload a smaller part of the data."),
        limit=limits.files,
    )


def refuse_bombs(wanted: Collection[ZipInfo], limits: Limits) -> None:
    """Raise InputError when one of the files, or all of them together, would unpack to too much."""
    for entry in wanted:
        _refuse_large_file(entry, limits)
    size, packed = _total(wanted), sum(entry.compress_size for entry in wanted)
    if size > limits.total_bytes:
        raise InputError(
            found=N_("The zip unpacks to {size} GB."),
            expected=N_("At most {limit} GB may be unpacked from one zip."),
            remedy=_SMALLER_PART,
            size=_gigabytes(size),
            limit=_gigabytes(limits.total_bytes),
        )
    if size > limits.ratio_from_bytes and size > packed * limits.total_ratio:
        raise InputError(
            found=N_("The zip unpacks to {ratio} times its size, like a zip bomb."),
            expected=_TIMES_ALLOWED,
            remedy=N_("Make the zip again from the original files."),
            ratio=round(size / max(packed, 1)),
            limit=limits.total_ratio,
        )


def _refuse_large_file(entry: ZipInfo, limits: Limits) -> None:
    size, packed = entry.file_size, entry.compress_size
    if size > limits.file_bytes:
        raise InputError(
            found=N_("“{file}” in the zip unpacks to {size} MB."),
            expected=N_("A file may have at most {limit} MB."),
            remedy=N_("Make the file smaller or leave it out, and zip the folder again."),
            file=printable(entry.filename),
            size=round(size / 1e6),
            limit=round(limits.file_bytes / 1e6),
        )
    if size > limits.ratio_from_bytes and size > packed * limits.file_ratio:
        raise InputError(
            found=N_("“{file}” in the zip unpacks to {ratio} times its size, like a zip bomb."),
            expected=_TIMES_ALLOWED,
            remedy=N_("Leave the file out, or make the zip again from the original files."),
            file=printable(entry.filename),
            ratio=round(size / max(packed, 1)),
            limit=limits.file_ratio,
        )


def refuse_full_disk(folder: Path, wanted: Collection[ZipInfo]) -> None:
    """Raise InputError when the disk of `folder` has no room for the declared sizes."""
    needed, free = _total(wanted), shutil.disk_usage(folder).free
    if needed > free:
        raise InputError(
            found=N_("Unpacking needs {needed} GB, and the disk has {free} GB free."),
            expected=N_("There must be room for all files of the zip."),
            remedy=N_("Delete runs and data sets that are no longer needed, or upload a smaller part of the data."),
            needed=_gigabytes(needed),
            free=_gigabytes(free),
        )


def _total(entries: Collection[ZipInfo]) -> int:
    return sum(entry.file_size for entry in entries)


def _gigabytes(size: int) -> float:
    return round(size / 1e9, 1)
