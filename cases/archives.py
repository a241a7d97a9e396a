"""Unpack a zip that a person uploaded: everything wanted, nothing dangerous.

The standard `zipfile` does the reading, behind checks of our own. `safezip` 0.2 misreads the extra field of large
zips and takes every zip over 4 GB (over 2 GB when Python wrote it) for a bomb.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from cases import zip_limits, zip_names, zip_structure
from cases.zip_limits import Limits
from models.errors import N_, InputError

LIMITS = Limits()


@dataclass(frozen=True)
class Member:
    """A wanted file: its path in the zip, with `/`, and where it lies on the disk."""

    name: str
    file: Path


@dataclass(frozen=True)
class SetAside:
    """A harmless file that was left in the zip: its path there and the reason (a message id)."""

    path: str
    reason: str


@dataclass(frozen=True)
class Unpacked:
    """Both are sorted by name."""

    members: list[Member]
    set_aside: list[SetAside]


def unpack(
    archive: Path,
    folder: Path,
    *,
    suffixes: frozenset[str],
    limits: Limits = LIMITS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Unpacked:
    """Write the files of `archive` that have a wanted suffix into `folder` as `1.jpg`, `2.jpg` and so on.

    Args:
        suffixes: lower case, with the dot; `.JPG` in the zip is wanted with `.jpg` and written as `.jpg`.
        progress: called with (done, total) after every member.

    Raises:
        InputError: the whole zip is refused, for what it is or for one thing in it; then no file is left behind.
    """
    with archive.open("rb") as file, zip_structure.open_zip(file, limits) as opened:
        wanted, set_aside = _sort_out(opened.infolist(), suffixes)
        zip_limits.refuse_bombs(wanted, limits)
        zip_structure.refuse_contradictions(file, opened)
        folder.mkdir(parents=True, exist_ok=True)
        zip_limits.refuse_full_disk(folder, wanted)
        return Unpacked(_write(opened, wanted, folder, progress), set_aside)


def _sort_out(entries: Sequence[ZipInfo], suffixes: frozenset[str]) -> tuple[list[ZipInfo], list[SetAside]]:
    zip_names.name_entries(entries)
    wanted: dict[str, ZipInfo] = {}
    set_aside = []
    for entry in entries:
        zip_names.refuse_dangerous(entry.filename)
        zip_structure.refuse_odd_entry(entry)
        if entry.filename.endswith("/"):
            continue
        name = entry.filename = zip_names.plain(entry.filename)
        reason = zip_names.why_unwanted(name, entry.file_size, suffixes)
        if name in wanted:
            reason = N_("Another file of the same name was taken.")
        if reason:
            set_aside.append(SetAside(name, reason))
        else:
            zip_structure.refuse_unknown_method(entry)
            wanted[name] = entry
    if not wanted and not set_aside:
        raise InputError(
            found=N_("There are no files in the zip."),
            expected=zip_structure.ZIP_NEEDED,
            remedy=N_("Put the data into a folder, zip the folder and upload that."),
        )
    return [wanted[name] for name in sorted(wanted)], sorted(set_aside, key=lambda left: left.path)


def _write(
    opened: ZipFile, wanted: Sequence[ZipInfo], folder: Path, progress: Callable[[int, int], None]
) -> list[Member]:
    members = []
    with ExitStack() as undo:
        for number, entry in enumerate(wanted, start=1):
            path = folder / f"{number}{PurePosixPath(entry.filename).suffix.lower()}"
            with path.open("xb") as target:
                undo.callback(path.unlink)
                _copy(opened, entry, target)
            members.append(Member(entry.filename, path))
            progress(number, len(wanted))
        undo.pop_all()  # all went well: the files stay
    return members


def _copy(opened: ZipFile, entry: ZipInfo, target: BinaryIO) -> None:
    """Unpack `entry`. ZipFile never reads past the declared size and compares the checksum; too little passes it."""
    try:
        with opened.open(entry) as source:
            shutil.copyfileobj(source, target, 1 << 20)
        complete = target.tell() == entry.file_size
    except zip_structure.UNREADABLE:
        complete = False
    if not complete:
        raise InputError(
            found=N_("“{file}” in the zip is damaged: it is not what the zip says it is."),
            expected=N_("Every file must have the size and the checksum that the zip gives."),
            remedy=zip_structure.UPLOAD_AGAIN,
            file=zip_names.printable(entry.filename),
        )
