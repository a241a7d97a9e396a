"""The lines of one table as texts with their classes, and the lines that are of no use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cases.ingest import tables
from cases.ingest.archives import SetAside
from cases.ingest.collection import SourceFile
from cases.ingest.label_cells import LabelCells
from cases.ingest.labeled_files import part_for
from cases.ingest.tables import metadata
from cases.ingest.tables.columns import explain
from cases.ingest.tables.headings import PARTS
from cases.ingest.tables.records import Record
from cases.ingest.tables.table import Table
from cases.text_analysis import columns
from cases.text_analysis.columns import Columns
from cases.text_analysis.text_rows import TextRows
from models.errors import N_, InputError

NO_TEXT = N_("It holds no text.")
NO_CHARACTERS = N_("It contains invalid characters.")
TOO_WIDE = N_("More cells than columns; put texts with separators in quotation marks.")
LONGEST_CELL = 2000  # characters of a cell that comes back
_TEXT_AND_CLASS = N_("A text table needs one line per text, with its class.")


@dataclass(frozen=True)
class Lines:
    """What a table gives besides its samples; see `text_reader.Texts`."""

    table: str
    headings: list[str]
    set_aside: list[SetAside]
    notes: list[dict[str, Any]]


def lines_of(
    found: SourceFile, asked: Mapping[str, str], samples: TextRows, cells: LabelCells | None, *, several: bool,
    whole: bool = False,
) -> Lines:  # fmt: skip
    """Read the table in `found` into `samples`; `cells` reads its label column, None where none is needed. Where
    `several` were brought, its name and folders may say the part, and a column that a person chose may be another's. Of
    a table that is to come back `whole` all columns are kept.

    Raises:
        InputError: it is no table of texts, or has no classes although they are needed.
    """
    table, labelled = tables.read(found.path, PurePosixPath(found.name).name, asked), cells is not None
    which = columns.find(table, asked, labelled=labelled, one_of_several=several)
    if which.text is None or (labelled and which.label is None):
        raise _lacking(table, which)
    usual = _part_of(found.name) if several else ""
    width, shown = len(which.headings), found.name.removesuffix(tables.CLUSTERED)
    besides, longest = metadata.columns(which.records, which.headings, _taken(which)), metadata.LONGEST
    if whole:
        besides, longest = metadata.every(which.headings, {which.text.column}), LONGEST_CELL
    class_of = cells.of_column(table.name, which.label.name) if cells and which.label else None
    aside = [SetAside(table.place(line.line, line.text), line.reason) for line in table.broken]
    for record in which.records:
        text = record.cell(which.text.column)
        label = class_of(record.cell(which.label.column)) if class_of and which.label else ""
        if reason := _why_useless(record, width, text, label, labelled):
            row = metadata.said(record, besides, longest) if whole else {}
            words = text or " ".join(f"{heading} {cell}" for heading, cell in row.items()) or " ".join(record.cells)
            place, name = table.place(record.line, words), f"{shown}:{record.line}"
            aside.append(SetAside(place, reason, name=name, row=row, before=len(samples)))
            continue
        said = PARTS.get(record.cell(which.part.column).lower(), usual) if which.part else usual
        split = part_for(found.split, [said] if said else [])
        samples.add(f"{shown}:{record.line}", label, split, text, metadata.said(record, besides, longest))
    return Lines(table.name, which.headings, aside, understood(table, which, labelled=labelled))


def _taken(which: Columns) -> set[int]:
    return {choice.column for choice in (which.text, which.label, which.part) if choice}


def understood(table: Table, which: Columns, *, labelled: bool = True) -> list[dict[str, Any]]:
    """How it was read, and why each column is taken for what it is: messages and their arguments. The columns of what
    was clustered are nobody's but ours."""
    if table.note["message"] == tables.FROM_CLUSTERS:
        return [table.note]
    headed = {"message": _headed(table, which), "args": {"table": table.name}}
    how, *reasons = explain(table, which.text, which.label if labelled else None, which.part)
    return [how, headed, *reasons]


def _lacking(table: Table, which: Columns) -> InputError:
    """Why a table without a column of texts, or of classes, is of no use."""
    if len(table.records) == 1:
        found = N_("The table “{table}” has a single line.")
        remedy = N_("Add the texts below the column names, one per line.")
    elif which.text is None:
        found = N_("No column of the table “{table}” holds texts.")
        remedy = N_("Choose the text column, or name it “text”.")
    elif len(which.headings) == 1:
        found = N_("“{table}” holds texts without classes.")
        remedy = N_("Cluster the texts and name the clusters, or add a class column named “label”.")
    else:
        found = N_("The table “{table}” holds texts but no class column.")
        remedy = N_("Choose the class column, or add one named “label”.")
    return InputError(found=found, expected=_TEXT_AND_CLASS, remedy=remedy, table=table.name)


def _why_useless(record: Record, width: int, text: str, label: str, labelled: bool) -> str | None:
    if any(cell.strip() for cell in record.cells[width:]):
        return TOO_WIDE
    if "\0" in text or "\0" in label:
        return NO_CHARACTERS
    if not text:
        return NO_TEXT
    return N_("No class.") if labelled and not label else None


def _headed(table: Table, which: Columns) -> str:
    if table.headings:
        return N_("“{table}” has column names.")
    if any(which.headings):
        return N_("“{table}”: the first line holds the column names.")
    return N_("“{table}” has no column names; columns are numbered.")


def _part_of(name: str) -> str:
    """train.csv, test/reviews.csv: the part that the file or the nearest folder is called after, else ""."""
    path = PurePosixPath(name)
    words = [path.stem, *reversed(path.parts[:-1])]
    return next((PARTS[word.lower()] for word in words if word.lower() in PARTS), "")
