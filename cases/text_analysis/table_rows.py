"""The lines of one table as texts with their classes, and the lines that are of no use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cases import labels
from cases.ingest import tables
from cases.ingest.archives import SetAside
from cases.ingest.collection import SourceFile
from cases.ingest.labeled_files import part_for
from cases.ingest.tables.columns import explain
from cases.ingest.tables.headings import PARTS
from cases.ingest.tables.records import Record
from cases.ingest.tables.table import Table
from cases.text_analysis import columns
from cases.text_analysis.columns import Columns
from models.errors import N_, InputError

NO_TEXT = N_("It holds no text.")
NO_CHARACTERS = N_("It holds bytes that are no characters.")
TOO_WIDE = N_("The line has more cells than the table has columns; put texts with a separator between quotation marks.")
_TEXT_AND_CLASS = N_("A table of texts needs one line for each text, with the text and its class.")


@dataclass(frozen=True)
class Lines:
    """What a table gives; see `reading.Texts`."""

    table: str
    headings: list[str]
    samples: list[dict[str, Any]]
    set_aside: list[SetAside]
    notes: list[dict[str, Any]]


def lines_of(found: SourceFile, asked: Mapping[str, str], *, labelled: bool, several: bool) -> Lines:
    """Read the table in `found`. Where `several` were brought, its name and folders may say the part, and a column that
    a person chose may be another's.

    Raises:
        InputError: it is no table of texts, or has no classes although they are needed.
    """
    table = tables.read(found.path, PurePosixPath(found.name).name, asked)
    which = columns.find(table, asked, labelled=labelled, one_of_several=several)
    if which.text is None or (labelled and which.label is None):
        raise _lacking(table, which)
    usual = _part_of(found.name) if several else ""
    width, shown = len(which.headings), found.name.removesuffix(tables.CLUSTERED)
    samples = []
    aside = [SetAside(table.place(line.line, line.text), line.reason) for line in table.broken]
    for record in which.records:
        text = record.cell(which.text.column)
        label = labels.plain(record.cell(which.label.column)) if labelled and which.label else ""
        if reason := _why_useless(record, width, text, label, labelled):
            aside.append(SetAside(table.place(record.line, text or " ".join(record.cells)), reason))
            continue
        said = PARTS.get(record.cell(which.part.column).lower(), usual) if which.part else usual
        split = part_for(found.split, [said] if said else [])
        samples.append({"name": f"{shown}:{record.line}", "label": label, "split": split, "text": text})
    return Lines(table.name, which.headings, samples, aside, understood(table, which, labelled=labelled))


def understood(table: Table, which: Columns, *, labelled: bool = True) -> list[dict[str, Any]]:
    """How it was read, and why each column is taken for what it is: messages and their arguments. The columns of what
    was clustered are nobody's but ours."""
    if table.note["message"] == tables.FROM_CLUSTERS:
        return [table.note]
    headed = {"message": _headed(table, which), "args": {"table": table.name}}
    how, *reasons = explain(table, which.text, which.label if labelled else None, which.part)
    return [how, headed, *reasons]


def _lacking(table: Table, found: Columns) -> InputError:
    """Why a table without a column of texts, or of classes, is of no use."""
    if found.text is None:
        return InputError(
            found=N_("No column of the table “{table}” holds texts."),
            expected=_TEXT_AND_CLASS,
            remedy=N_("Choose the column of the texts, or call it “text”."),
            table=table.name,
        )
    if len(found.headings) == 1:
        return InputError(
            found=N_("“{table}” holds texts alone, without classes."),
            expected=_TEXT_AND_CLASS,
            remedy=N_("Cluster the texts and name the groups, or add a column of classes with the heading “label”."),
            table=table.name,
        )
    return InputError(
        found=N_("The table “{table}” holds texts, but no column gives their classes."),
        expected=_TEXT_AND_CLASS,
        remedy=N_("Choose the column of the classes, or add one with the heading “label”."),
        table=table.name,
    )


def _why_useless(record: Record, width: int, text: str, label: str, labelled: bool) -> str | None:
    if any(cell.strip() for cell in record.cells[width:]):
        return TOO_WIDE
    if "\0" in text or "\0" in label:
        return NO_CHARACTERS
    if not text:
        return NO_TEXT
    return N_("The line has no class.") if labelled and not label else None


def _headed(table: Table, which: Columns) -> str:
    if table.headings:
        return N_("“{table}” names its columns.")
    if any(which.headings):
        return N_("“{table}”: the first line holds the headings.")
    return N_("“{table}” has no headings; its columns are called by their numbers.")


def _part_of(name: str) -> str:
    """train.csv, test/reviews.csv: the part that the file or the nearest folder is called after, else ""."""
    path = PurePosixPath(name)
    words = [path.stem, *reversed(path.parts[:-1])]
    return next((PARTS[word.lower()] for word in words if word.lower() in PARTS), "")
