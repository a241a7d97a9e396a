"""From uploaded files to the files in them: archives are unpacked, tables and loose files are taken as they are."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cases.base import UploadedFile
from cases.ingest import archives, tables
from cases.ingest.archives import Limits, SetAside, names
from models.errors import N_, InputError
from models.progress import ProgressReporter

_LOOSE = "loose"


@dataclass(frozen=True)
class SourceFile:
    """A file with the name it was brought under, the part it was brought in, and what was said of it by hand."""

    name: str
    path: Path
    part: int
    label: str
    split: str
    beside: bool  # brought by itself, not inside an archive


@dataclass(frozen=True)
class CollectedFiles:
    files: list[SourceFile] = field(default_factory=list)
    tables: list[SourceFile] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    """The endings of the files that hold an item each and of the tables; an ending in both is that of a file."""

    files: frozenset[str]
    tables: frozenset[str] = tables.SUFFIXES
    limits: Callable[[], Limits] = Limits  # of an archive


def gather(parts: Sequence[UploadedFile], folder: Path, wanted: Wanted, report: ProgressReporter) -> CollectedFiles:
    """Put every wanted file of `parts` below `folder`.

    Raises:
        InputError: an archive is refused, or a workbook was brought in place of a table.
    """
    found = CollectedFiles()
    for number, part in enumerate(parts):
        report.check()
        if PurePosixPath(part.name).suffix.lower() in tables.WORKBOOKS - wanted.tables:
            _refuse_workbook(part.name)
        if part.label or not _is_archive(part, wanted):
            _take(part, number, folder, wanted, found)
        else:
            _unpack(part, number, folder, wanted, found, report)
    return found


def _is_archive(part: UploadedFile, wanted: Wanted) -> bool:
    """What is neither an archive nor named as something else is tried as one, for it then says what is wrong."""
    suffix = PurePosixPath(part.name).suffix.lower()
    if suffix in tables.WORKBOOKS:
        return False  # its bytes are those of a zip
    return archives.is_archive(part.path) or suffix not in wanted.files | wanted.tables


def _unpack(
    part: UploadedFile, number: int, folder: Path, wanted: Wanted, found: CollectedFiles, report: ProgressReporter
) -> None:
    def tell(done: int, total: int) -> None:
        report.check()
        report.progress("unpacking", done, total)

    unpacked = archives.unpack(part.path, folder / str(number), suffixes=wanted.files | wanted.tables,
                               limits=wanted.limits(), progress=tell)  # fmt: skip
    found.set_aside.extend(unpacked.set_aside)
    for member in unpacked.members:
        kind = found.files if member.file.suffix in wanted.files else found.tables
        kind.append(SourceFile(member.name, member.file, number, "", part.split, beside=False))


def _take(part: UploadedFile, number: int, folder: Path, wanted: Wanted, found: CollectedFiles) -> None:
    """A loose file: its own copy, for the upload is removed once it was read."""
    suffix = PurePosixPath(part.name).suffix.lower()
    is_table = not part.label and suffix in wanted.tables - wanted.files
    if not is_table and (reason := names.why_unwanted(part.name, part.path.stat().st_size, wanted.files)):
        found.set_aside.append(SetAside(part.name, reason))
        return
    path = folder / _LOOSE / f"{number}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(part.path, path)
    (found.tables if is_table else found.files).append(
        SourceFile(part.name, path, number, part.label, part.split, beside=True)
    )


def _refuse_workbook(name: str) -> None:
    raise InputError(
        found=N_("“{name}” is a workbook."),
        expected=N_("A table is a CSV or TSV file with one line per example."),
        remedy=N_("Save it as CSV in UTF-8 and upload it again."),
        name=name,
    )
