"""How tables will be understood: the first lines, and the columns as they are guessed or were chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cases.base import UploadedFile
from cases.ingest import tables
from cases.ingest.collection import gather
from cases.ingest.label_cells import look
from cases.ingest.tables import ENCODING, encoding_choice
from cases.ingest.tables.previews import Preview, seen
from cases.ingest.tables.table import Table
from cases.text_analysis import columns
from cases.text_analysis.table_rows import understood
from cases.text_analysis.text_reader import WANTED
from models.errors import InputError
from models.progress import ProgressReporter

MOST_SINGLE = 2000  # files that are looked at for their encoding


def preview(
    parts: Sequence[UploadedFile], folder: Path, asked: Mapping[str, str], report: ProgressReporter
) -> list[Preview]:
    """See `Case.preview`; a .txt that was brought by itself counts as a table. Where the encoding of files that are a
    text each is a question, they are shown too."""
    gathered = gather(parts, folder, WANTED, report)
    listed = [*gathered.tables, *(found for found in gathered.files if found.beside and not found.label)]
    seen = [_of(found.path, found.name, asked, several=len(listed) > 1) for found in listed]
    single = [found for found in gathered.files if found not in listed]
    contents = (content for found in single[:MOST_SINGLE] if not (content := found.path.read_bytes()).isascii())
    texts = encoding_choice.of_texts(single[0].name, list(contents), asked.get(ENCODING, "")) if single else None
    return [*seen, texts] if texts else seen


def _of(path: Path, name: str, asked: Mapping[str, str], *, several: bool) -> Preview:
    title = PurePosixPath(name).name
    try:
        asked, doubt = encoding_choice.settled(path, title, asked)
        table = tables.read(path, title, asked)
    except InputError as error:
        return Preview(name, error=error.as_json())
    try:
        shown = _seen(table, columns.find(table, asked, one_of_several=several), asked)
    except InputError as error:  # it has no such column; what it has is shown all the same
        shown = replace(_seen(table, columns.find(table, {}), {}), error=error.as_json())
    return encoding_choice.told(shown, path, title, asked, doubt)


def _seen(table: Table, found: columns.Columns, asked: Mapping[str, str]) -> Preview:
    roles = {
        choice.column: role
        for role, choice in (("text", found.text), ("label", found.label), ("part", found.part))
        if choice is not None
    }
    notes = [*understood(table, found), *look(asked, table.name, found.label, found.records)]
    return seen(table.name, found.records, found.headings, roles, notes)
