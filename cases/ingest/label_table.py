"""A table of files and classes, line by line: what it says of each file, and which lines say nothing of use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from cases import labels
from cases.ingest import label_table_errors as refusing
from cases.ingest import tables
from cases.ingest.archives import SetAside
from cases.ingest.collection import SourceFile
from cases.ingest.file_lookup import Names
from cases.ingest.label_cells import LabelCells
from cases.ingest.tables import columns, metadata
from cases.ingest.tables.columns import Columns
from cases.ingest.tables.headings import PARTS
from cases.ingest.tables.table import Table
from models.errors import N_, InputError


@dataclass(frozen=True)
class TableLabels:
    """What the tables say: file, class and part ("" where they do not say); and what they have no say in.

    `more`: of each that is placed what else was asked for, by its name in `columns.MORE`, and its `metadata.KEY`.
    """

    placed: list[tuple[SourceFile, str, str]]
    left: list[SourceFile]
    set_aside: list[SetAside]
    notes: list[dict[str, Any]]
    more: list[dict[str, Any]] = field(default_factory=list)


def place(
    brought: Sequence[SourceFile], files: Sequence[SourceFile], asked: Mapping[str, str] = {}, more: Sequence[str] = ()
) -> TableLabels:
    """Follow the tables; `asked` and `more` as `columns.find` takes them.

    A table inside an archive has a say in the files of that archive, where at least half of its lines name one.

    Raises:
        InputError: a table that was brought by itself is no table of these files, or no table has a column that was
            chosen.
    """
    said: dict[int, tuple[str, str, dict[str, Any]]] = {}  # position of the file → its class, part and what else
    named: set[int] = set()
    ruled: set[int] = set()
    aside, notes, headed, cells = [], [], [], LabelCells(asked)
    several = len(brought) > 1
    for one in brought:
        scope = [row for row, file in enumerate(files) if one.beside or file.part == one.part]
        names = Names((files[row].name, row) for row in scope)
        if (understood := understand(one, names, len(scope), asked, more, one_of_several=several)) is None:
            aside.append(SetAside(one.name, N_("A text file without classes for these files.")))
            continue
        table, found = understood
        notes += explained(table, found)
        headed.append((table.name, found.headings))
        ruled.update(scope)
        usual = PARTS.get(PurePosixPath(one.name).stem.lower(), "")  # train.csv and test.csv
        aside += [SetAside(table.place(line.line, line.text), line.reason) for line in table.broken]
        aside += _follow(table, found, usual, names, said, named, cells)
    columns.require(asked, headed)
    aside += [SetAside(files[row].name, N_("Not listed in the table.")) for row in sorted(ruled - named)]
    placed = [(files[row], label, part) for row, (label, part, _) in sorted(said.items())]
    besides = [more for _, (_, _, more) in sorted(said.items())]
    return TableLabels(placed, [file for row, file in enumerate(files) if row not in ruled], aside,
                       [*notes, *cells.notes()], besides)  # fmt: skip


def explained(table: Table, found: Columns) -> list[dict[str, Any]]:
    """How it was understood: messages and their arguments."""
    label = found.more.get("transcript", found.label)
    choices = dict.fromkeys((found.file, label, found.part, *found.more.values()))
    return columns.explain(table, *choices, n=found.named, total=len(found.records))


def understand(
    one: SourceFile,
    names: Names[int],
    files: int,
    asked: Mapping[str, str],
    more: Sequence[str],
    *,
    one_of_several: bool = False,
) -> tuple[Table, Columns] | None:
    """None for a table inside an archive that is about something else; one brought by itself is meant.

    Args:
        files: how many the table might name. Bare numbers fit many a file by chance, so they must fit half of them.
        asked, more, one_of_several: see `columns.find`.
    """
    try:
        table = tables.read(one.path, PurePosixPath(one.name).name, asked)
        found = columns.find(
            table, lambda name: bool(name) and bool(names.find(name)), asked, more, one_of_several=one_of_several
        )
        if found is None or (not one.beside and _by_chance(found, names, files)):
            raise refusing.names_nothing(table)
        if found.label is None:
            raise refusing.no_classes(table)
    except InputError:
        if one.beside:
            raise
        return None
    return table, found


def _by_chance(found: Columns, names: Names[int], files: int) -> bool:
    given = [*found.records.column(found.file.column)]
    fitting = [name for name in given if name and names.find(name)]
    if 2 * len(fitting) < len(given):
        return True
    return all(name.isdecimal() for name in fitting) and 2 * len(fitting) < files


def _follow(
    table: Table,
    found: Columns,
    usual: str,
    names: Names[int],
    said: dict[int, tuple[str, str, dict[str, Any]]],
    named: set[int],
    cells: LabelCells,
) -> list[SetAside]:
    """Fill `said` and `named`; returns the lines of no use."""
    if found.label is None:
        raise refusing.no_classes(table)
    aside = []
    besides = metadata.columns(found.records, found.headings, found.roles)
    class_of = labels.plain if "transcript" in found.more else cells.of_column(table.name, found.label.name)
    for record in found.records:
        name = record.cell(found.file.column)
        label = class_of(record.cell(found.label.column))
        part = PARTS.get(record.cell(found.part.column).lower(), usual) if found.part else usual
        rows = names.find(name) if name else []
        reason = refusing.why_useless(name, rows, label, said)
        named.update(rows)
        if reason:
            aside.append(SetAside(table.place(record.line, name), reason))
        else:
            more = {role: record.cell(one.column) for role, one in found.more.items()}
            said[rows[0]] = (label, part, {**more, metadata.KEY: metadata.said(record, besides)})
    return aside
