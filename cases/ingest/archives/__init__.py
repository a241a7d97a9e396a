"""Unpack a zip or a tar that a person uploaded: everything wanted, nothing dangerous.

The standard `zipfile` and `tarfile` read the tables of contents, behind checks of our own; neither ever writes a file.
`safezip` 0.2 misreads the extra field of large zips and takes every zip over 4 GB (over 2 GB when Python wrote it)
for a bomb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from cases.ingest.archives import limits as archives_limits
from cases.ingest.archives import names, tar_compression
from cases.ingest.archives.entry import NEEDED, UPLOAD_AGAIN, Entry, Reader
from cases.ingest.archives.limits import Limits
from cases.ingest.archives.tar_members import Tar
from cases.ingest.archives.zip_members import Zip
from models.errors import N_, InputError


@dataclass(frozen=True)
class Member:
    """A wanted file: its path in the archive, with `/`, where it lies on the disk, and what a text says; `row`: heading
    → cell of the other columns, where it is a line of a table."""

    name: str
    file: Path
    text: str = ""
    row: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SetAside:
    """A harmless file that was left in the archive: its path there and the reason (a message id with its args). A line
    of a table has besides the `name` and `row` that it would have as a member, and how many members come before it."""

    path: str
    reason: str
    args: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    row: Mapping[str, str] = field(default_factory=dict)
    before: int | None = None


@dataclass(frozen=True)
class Unpacked:
    """Both are sorted by name."""

    members: list[Member]
    set_aside: list[SetAside]


def is_archive(path: Path) -> bool:
    """Whether the first bytes are those of a zip or of a tar, packed or not; the name does not matter."""
    with path.open("rb") as file:
        start = file.read(tar_compression.BLOCK)
    return start.startswith(b"PK") or tar_compression.packing(start) is not None


def unpack(
    archive: Path,
    folder: Path,
    *,
    suffixes: frozenset[str],
    limits: Limits | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Unpacked:
    """Write the files of `archive` that have a wanted suffix into `folder` as `1.jpg`, `2.jpg` and so on.

    Args:
        suffixes: lower case, with the dot; `.JPG` in the archive is wanted with `.jpg` and written as `.jpg`.
        progress: called with (done, total) after every member.

    Raises:
        InputError: the whole archive is refused, for what it is or for one thing in it; then no file is left behind.
    """
    limits = limits or Limits()
    with archive.open("rb") as file, _reader(file, limits) as reader:
        wanted, set_aside = _sort_out(reader, suffixes)
        archives_limits.refuse_bombs(wanted, limits, reader.kind)
        reader.check(wanted)
        folder.mkdir(parents=True, exist_ok=True)
        archives_limits.refuse_full_disk(folder, wanted)
        return Unpacked(_write(reader, wanted, folder, progress), set_aside)


def _reader(file: BinaryIO, limits: Limits) -> Tar | Zip:
    packing = tar_compression.packing(file.read(tar_compression.BLOCK))
    file.seek(0)
    return Tar(file, packing, limits) if packing else Zip(file, limits)


def _sort_out(reader: Reader, suffixes: frozenset[str]) -> tuple[list[Entry], list[SetAside]]:
    wanted: dict[str, Entry] = {}
    set_aside = []
    for entry in reader.entries():
        if entry.name.endswith("/"):
            continue
        name = names.plain(entry.name)
        reason = names.why_unwanted(name, entry.size, suffixes)
        if name in wanted:
            reason = N_("Another file with the same name is used.")
        if reason:
            set_aside.append(SetAside(name, reason))
        else:
            wanted[name] = Entry(name, entry.size, entry.packed, entry.handle)
    if not wanted and not set_aside:
        raise InputError(
            found=N_("There are no files in the {kind}."),
            expected=NEEDED,
            remedy=N_("Put the data into a folder, zip the folder and upload that."),
            kind=reader.kind,
        )
    return [wanted[name] for name in sorted(wanted)], sorted(set_aside, key=lambda left: left.path)


def _write(reader: Reader, wanted: Sequence[Entry], folder: Path, progress: Callable[[int, int], None]) -> list[Member]:
    members = {
        entry.name: Member(entry.name, folder / f"{number}{PurePosixPath(entry.name).suffix.lower()}")
        for number, entry in enumerate(wanted, start=1)
    }
    with ExitStack() as undo:
        for done, entry in enumerate(reader.in_order(wanted), start=1):
            path = members[entry.name].file
            with path.open("xb") as target:
                undo.callback(path.unlink)
                if not reader.copy(entry, target):
                    _refuse_damaged(entry, reader.kind)
            progress(done, len(wanted))
        undo.pop_all()  # all went well: the files stay
    return list(members.values())


def _refuse_damaged(entry: Entry, kind: str) -> None:
    raise InputError(
        found=N_("“{file}” in the {kind} is damaged: its size or checksum does not match."),
        expected=N_("Every file must match the size and checksum in the archive."),
        remedy=UPLOAD_AGAIN,
        file=names.printable(entry.name),
        kind=kind,
    )
