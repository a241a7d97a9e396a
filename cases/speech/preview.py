"""How tables of recordings will be understood, without unpacking the recordings: their names are enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cases.base import UploadedFile
from cases.ingest import label_table, tables
from cases.ingest.collection import SourceFile, Wanted, gather
from cases.ingest.file_lookup import Names
from cases.ingest.label_cells import look
from cases.ingest.tables import encoding_choice
from cases.ingest.tables.columns import Columns, find
from cases.ingest.tables.previews import Preview, seen
from cases.ingest.tables.table import Table
from cases.speech.file_types import SUFFIXES
from models.errors import InputError
from models.progress import ProgressReporter

MORE = ("transcript", "speaker")  # see `cases.ingest.tables.headings.MORE`
_TABLES = Wanted(frozenset())


def preview(
    parts: Sequence[UploadedFile], folder: Path, asked: Mapping[str, str], report: ProgressReporter
) -> list[Preview]:
    """See `Case.preview`. Tables in an archive that are about something else are left out."""
    listed: list[SourceFile] = []
    names: dict[int, list[str]] = {}
    for number, part in enumerate(parts):
        names[number] = [part.name] if _is_sound(part.name) else []
        if part.label or names[number]:
            continue
        gathered = gather([part], folder / str(number), _TABLES, report)
        listed += [replace(found, part=number) for found in gathered.tables]
        names[number] = [one.path for one in gathered.set_aside if _is_sound(one.path)]
    every = [name for some in names.values() for name in some]
    several = len(listed) > 1
    shown = [_of(found, every if found.beside else names[found.part], asked, several=several) for found in listed]
    return [one for one in shown if one is not None]


def _is_sound(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _of(found: SourceFile, names: Sequence[str], asked: Mapping[str, str], *, several: bool) -> Preview | None:
    known = Names((name, name) for name in names)
    title = PurePosixPath(found.name).name
    try:
        asked, doubt = encoding_choice.settled(found.path, title, asked)
        table = tables.read(found.path, title, asked)
    except InputError as error:
        return Preview(title, error=error.as_json()) if found.beside else None
    try:
        shown = _seen(table, _understood(table, known, asked, several=several), found.beside, asked)
    except InputError as error:  # it has no such column; what it has is shown all the same
        plain = _seen(table, _understood(table, known, {}), found.beside, {})
        shown = plain and replace(plain, error=error.as_json())
    return shown and encoding_choice.told(shown, found.path, title, asked, doubt)


def _understood(table: Table, known: Names[str], asked: Mapping[str, str], *, several: bool = False) -> Columns | None:
    return find(table, lambda name: bool(name) and bool(known.find(name)), asked, MORE, one_of_several=several)


def _seen(table: Table, found: Columns | None, beside: bool, asked: Mapping[str, str]) -> Preview | None:
    if found is not None:
        label = None if "transcript" in found.more else found.label
        notes = [*label_table.explained(table, found), *look(asked, table.name, label, found.records)]
        return seen(table.name, found.records, found.headings, found.roles, notes)
    return seen(table.name, table.records, [""] * table.width, {}, [table.note]) if beside else None
