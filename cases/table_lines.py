"""A table of files and classes, line by line: what it says of each file, and which lines say nothing of use."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cases import columns, tables
from cases.archives import SetAside
from cases.columns import PARTS, Columns
from cases.gathering import Found
from cases.naming import Names
from cases.tables import Table
from models.errors import N_, InputError


@dataclass(frozen=True)
class Said:
    """What the tables say: file, class and part ("" where they do not say); and what they have no say in."""

    placed: list[tuple[Found, str, str]]
    left: list[Found]
    set_aside: list[SetAside]
    notes: list[dict[str, Any]]


def place(brought: Sequence[Found], files: Sequence[Found]) -> Said:
    """Follow the tables.

    A table inside an archive has a say in the files of that archive, where at least half of its lines name one.

    Raises:
        InputError: a table that was brought by itself is no table of these files.
    """
    said: dict[int, tuple[str, str]] = {}  # position of the file → its class and part
    named: set[int] = set()
    ruled: set[int] = set()
    aside, notes = [], []
    for one in brought:
        scope = [row for row, file in enumerate(files) if one.beside or file.part == one.part]
        names = Names((files[row].name, row) for row in scope)
        if (understood := _understand(one, names, len(scope))) is None:
            aside.append(SetAside(one.name, N_("A text that gives no classes to the files here.")))
            continue
        table, found = understood
        notes += columns.explain(table, found.file, found.label, found.part, n=found.named, total=len(found.records))
        ruled.update(scope)
        usual = PARTS.get(PurePosixPath(one.name).stem.lower(), "")  # train.csv and test.csv
        aside += [SetAside(table.place(line.line, line.text), line.reason) for line in table.broken]
        aside += _follow(table, found, usual, names, said, named)
    aside += [SetAside(files[row].name, N_("No line of the table names it.")) for row in sorted(ruled - named)]
    placed = [(files[row], label, part) for row, (label, part) in sorted(said.items())]
    return Said(placed, [file for row, file in enumerate(files) if row not in ruled], aside, notes)


def _understand(one: Found, names: Names[int], files: int) -> tuple[Table, Columns] | None:
    """None for a table inside an archive that is about something else; one brought by itself is meant.

    `files`: how many the table might name. Bare numbers fit many a file by chance, so they must fit half of them.
    """
    try:
        table = tables.read(one.path, PurePosixPath(one.name).name)
        found = columns.find(table, lambda name: bool(name) and bool(names.find(name)))
        if found is None or (not one.beside and _by_chance(found, names, files)):
            raise _names_nothing(table)
        if found.label is None:
            raise _no_classes(table)
    except InputError:
        if one.beside:
            raise
        return None
    return table, found


def _by_chance(found: Columns, names: Names[int], files: int) -> bool:
    given = [record.cell(found.file.column) for record in found.records]
    fitting = [name for name in given if name and names.find(name)]
    if 2 * len(fitting) < len(given):
        return True
    return all(name.isdecimal() for name in fitting) and 2 * len(fitting) < files


def _follow(
    table: Table, found: Columns, usual: str, names: Names[int], said: dict[int, tuple[str, str]], named: set[int]
) -> list[SetAside]:
    """Fill `said` and `named`; returns the lines of no use."""
    aside = []
    for record in found.records:
        name = record.cell(found.file.column)
        label = unicodedata.normalize("NFC", record.cell(found.label.column))
        part = PARTS.get(record.cell(found.part.column).lower(), usual) if found.part else usual
        rows = names.find(name) if name else []
        reason = _why_useless(name, rows, label, said)
        named.update(rows)
        if reason:
            aside.append(SetAside(table.place(record.line, name), reason))
        else:
            said[rows[0]] = (label, part)
    return aside


def _why_useless(name: str, rows: list[int], label: str, said: dict[int, tuple[str, str]]) -> str | None:
    if not name:
        return N_("The line names no file.")
    if not rows:
        return N_("The line names a file that is not there, or that was set aside.")
    if len(rows) > 1:
        return N_("The line fits several files; write the folder before the name.")
    if not label:
        return N_("The line gives no class.")
    if rows[0] in said:
        same = said[rows[0]][0] == label
        return (
            N_("An earlier line names the same file.") if same else N_("An earlier line gives the file another class.")
        )
    return None


def _names_nothing(table: Table) -> InputError:
    return InputError(
        found=N_("No column of the table “{table}” names the files you brought."),
        expected=N_("A table needs one line for each file, with its name and its class."),
        remedy=N_("Check the names, and bring the table together with the files it names."),
        table=table.name,
    )


def _no_classes(table: Table) -> InputError:
    return InputError(
        found=N_("The table “{table}” names your files, but no column gives their classes."),
        expected=N_("A table needs one line for each file, with its name and its class."),
        remedy=N_("Add a column with the heading “label”."),
        table=table.name,
    )
