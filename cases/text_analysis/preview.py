"""How tables will be understood: the first lines, and the columns as they are guessed or were chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cases import tables
from cases.base import Part
from cases.gathering import gather
from cases.previews import Preview, seen
from cases.tables import Table
from cases.text_analysis import columns
from cases.text_analysis.reading import WANTED
from cases.text_analysis.table_texts import understood
from models.errors import InputError
from models.report import Report


def preview(parts: Sequence[Part], folder: Path, asked: Mapping[str, str], report: Report) -> list[Preview]:
    """See `Case.preview`; a .txt that was brought by itself counts as a table."""
    gathered = gather(parts, folder, WANTED, report)
    listed = [*gathered.tables, *(found for found in gathered.files if found.beside and not found.label)]
    return [_of(found.path, found.name, asked, several=len(listed) > 1) for found in listed]


def _of(path: Path, name: str, asked: Mapping[str, str], *, several: bool) -> Preview:
    try:
        table = tables.read(path, PurePosixPath(name).name)
    except InputError as error:
        return Preview(name, error=error.as_json())
    try:
        return _seen(table, columns.find(table, asked, one_of_several=several))
    except InputError as error:  # it has no such column; what it has is shown all the same
        return replace(_seen(table, columns.find(table, {})), error=error.as_json())


def _seen(table: Table, found: columns.Columns) -> Preview:
    roles = {
        choice.column: role
        for role, choice in (("text", found.text), ("label", found.label), ("part", found.part))
        if choice is not None
    }
    return seen(table.name, found.records, found.headings, roles, understood(table, found))
