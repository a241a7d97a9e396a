"""How tables will be understood: the first lines, and the columns as they are guessed or were chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cases import limits
from cases.base import UploadedFile
from cases.ingest import tables
from cases.ingest.collection import SourceFile, gather
from cases.ingest.tables import encoding_choice
from cases.ingest.tables.previews import Preview, seen
from cases.recommendation import columns
from cases.recommendation.table_reader import MOST_LINES, WANTED, explained
from models.errors import InputError
from models.progress import ProgressReporter


def preview(
    parts: Sequence[UploadedFile], folder: Path, asked: Mapping[str, str], report: ProgressReporter
) -> list[Preview]:
    """See `Case.preview`; a table in an archive that says nothing of use is not shown."""
    gathered = gather(parts, folder, WANTED, report)
    shown = [(found, _of(found, asked)) for found in gathered.tables]
    return [one for found, one in shown if found.beside or one.error is None]


def _of(found: SourceFile, asked: Mapping[str, str]) -> Preview:
    title = PurePosixPath(found.name).name
    try:
        asked, doubt = encoding_choice.settled(found.path, title, asked)
        table = tables.read(found.path, title, asked, most=limits.lines(MOST_LINES))
    except InputError as error:
        return Preview(found.name, error=error.as_json())
    which = columns.find(table, asked)
    held = {choice.column: role for role, choice in which.found.items() if role != "part"}
    shown = seen(table.name, which.records, which.headings, held, explained(table, which))
    try:
        columns.require(table.name, which)
    except InputError as error:
        shown = replace(shown, error=error.as_json())
    return encoding_choice.told(shown, found.path, title, asked, doubt)
