"""How an upload will be understood, before it is read: the first lines of its tables and the guessed columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from cases import tables
from cases.base import Part
from cases.gathering import gather
from cases.tables import Table
from cases.text_analysis import columns
from cases.text_analysis.reading import WANTED
from models.errors import InputError
from models.report import Report

LINES = 5
LONGEST = 200  # characters of a cell


@dataclass(frozen=True)
class Column:
    """`name` is what `data.read` takes for it; `role` is text, label, part or ""; `reason` is a message id with the
    places `table` and `column`, "" where there is no role."""

    name: str
    role: str
    reason: str


@dataclass(frozen=True)
class Preview:
    """One table. `note` says how it was read; `error` is that of `InputError.as_json` in place of everything else."""

    table: str
    columns: tuple[Column, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()  # without the headings, as wide as there are columns
    total: int = 0
    note: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def preview(parts: Sequence[Part], folder: Path, asked: Mapping[str, str], report: Report) -> list[Preview]:
    """Of every table in `parts`, unpacked into `folder`; a .txt that was brought by itself counts as one.

    `asked`: text, label or part → the column that a person chose for it.

    Raises:
        InputError: an archive is refused.
    """
    gathered = gather(parts, folder, WANTED, report)
    listed = [*gathered.tables, *(found for found in gathered.files if found.beside and not found.label)]
    return [_of(found.path, found.name, asked) for found in listed]


def _of(path: Path, name: str, asked: Mapping[str, str]) -> Preview:
    try:
        table = tables.read(path, PurePosixPath(name).name)
        return _seen(table, columns.find(table, asked))
    except InputError as error:
        return Preview(name, error=error.as_json())


def _seen(table: Table, found: columns.Columns) -> Preview:
    roles = {
        choice.column: (role, choice.reason)
        for role, choice in (("text", found.text), ("label", found.label), ("part", found.part))
        if choice is not None
    }
    names = [heading or str(number) for number, heading in enumerate(found.headings, start=1)]
    shown = tuple(Column(name, *roles.get(number, ("", ""))) for number, name in enumerate(names))
    lines = tuple(
        tuple(record.cell(column)[:LONGEST] for column in range(len(names))) for record in found.records[:LINES]
    )
    return Preview(table.name, shown, lines, len(found.records), table.note)
