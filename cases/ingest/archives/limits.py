"""How much may be unpacked from one archive, judged by what the archive declares."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cases import limits as settings
from cases.ingest.archives.names import printable
from models.errors import N_, InputError

_TIMES_ALLOWED = N_("At most {limit} times the archive's size is allowed.")


class Sized(Protocol):
    """A file in an archive: its size unpacked, and the bytes it takes up while packed."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def packed(self) -> int: ...


@dataclass(frozen=True)
class Limits:
    """What one archive may hold at most, in entries, in bytes, and in unpacked bytes for one packed byte."""

    files: int = field(default_factory=settings.files)
    """Entries of any kind: folders and unwanted files count."""
    total_bytes: int = field(default_factory=settings.archive_bytes)
    file_bytes: int = field(default_factory=settings.file_bytes)
    file_ratio: int = 200
    """Unpacked bytes for one packed byte, for one file; deflate cannot exceed 1032."""
    total_ratio: int = 100
    ratio_from_bytes: int = 50 * 10**6
    """Less than this is never judged by its ratio: silence and blank pictures shrink to a thousandth."""


def too_many(limits: Limits, kind: str) -> InputError:
    return InputError(
        found=N_("The {kind} holds more than {limit} files and folders."),
        expected=N_("A {kind} may hold at most {limit} files and folders."),
        remedy=settings.RAISE,
        limit=limits.files,
        setting=settings.FILES,
        kind=kind,
    )


def too_large(size: int, limits: Limits, kind: str) -> InputError:
    return InputError(
        found=N_("The {kind} unpacks to {size} GB."),
        expected=N_("At most {limit} GB may be unpacked from one archive."),
        remedy=settings.RAISE,
        setting=settings.ARCHIVE,
        size=_gigabytes(size),
        limit=_gigabytes(limits.total_bytes),
        kind=kind,
    )


def like_a_bomb(size: int, packed: int, limits: Limits, kind: str) -> InputError:
    return InputError(
        found=N_("The {kind} unpacks to {ratio} times its size, like a zip bomb."),
        expected=_TIMES_ALLOWED,
        remedy=N_("Create the archive again from the original files."),
        ratio=round(size / max(packed, 1)),
        limit=limits.total_ratio,
        kind=kind,
    )


def refuse_bombs(wanted: Collection[Sized], limits: Limits, kind: str) -> None:
    """Raise InputError when one of the files, or all of them together, would unpack to too much."""
    for entry in wanted:
        _refuse_large_file(entry, limits, kind)
    size, packed = _total(wanted), sum(entry.packed for entry in wanted)
    if size > limits.total_bytes:
        raise too_large(size, limits, kind)
    if size > limits.ratio_from_bytes and size > packed * limits.total_ratio:
        raise like_a_bomb(size, packed, limits, kind)


def _refuse_large_file(entry: Sized, limits: Limits, kind: str) -> None:
    size, packed = entry.size, entry.packed
    if size > limits.file_bytes:
        raise InputError(
            found=N_("“{file}” in the {kind} unpacks to {size} MB."),
            expected=N_("A file may be at most {limit} MB."),
            remedy=N_("Shrink or remove the file, or ask the administrator to raise {setting}."),
            setting=settings.FILE,
            file=printable(entry.name),
            size=round(size / 1e6),
            limit=round(limits.file_bytes / 1e6),
            kind=kind,
        )
    if size > limits.ratio_from_bytes and size > packed * limits.file_ratio:
        raise InputError(
            found=N_("“{file}” in the {kind} unpacks to {ratio} times its size, like a zip bomb."),
            expected=_TIMES_ALLOWED,
            remedy=N_("Remove the file, or create the archive again from the original files."),
            file=printable(entry.name),
            ratio=round(size / max(packed, 1)),
            limit=limits.file_ratio,
            kind=kind,
        )


def refuse_full_disk(folder: Path, wanted: Collection[Sized]) -> None:
    """Raise InputError when the disk of `folder` has no room for the declared sizes."""
    needed, free = _total(wanted), shutil.disk_usage(folder).free
    if needed > free:
        raise InputError(
            found=N_("Unpacking needs {needed} GB, and the disk has {free} GB free."),
            expected=N_("There must be room for all files of the archive."),
            remedy=N_("Delete unneeded runs and data sets, or upload less data."),
            needed=_gigabytes(needed),
            free=_gigabytes(free),
        )


def _total(entries: Collection[Sized]) -> int:
    return sum(entry.size for entry in entries)


def _gigabytes(size: int) -> float:
    return round(size / 1e9, 1)
