"""The first sheet of an Excel workbook that holds something, as a table: what its cells show, not how they compute."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cases.ingest.archives import Limits, limits
from cases.ingest.archives.zip_members import Zip
from cases.ingest.tables.records import MOST_COLUMNS, Packing, Record
from cases.ingest.tables.table import Table, packed, shown
from models.errors import N_, InputError

MOST_ROWS = 1_048_576  # Excel's own limit
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, OSError, LookupError, ValueError, TypeError, AttributeError, SyntaxError, EOFError,
    ArithmeticError, AssertionError, RecursionError, NotImplementedError,
)  # fmt: skip
"""What openpyxl was seen to raise for workbooks that are none; a ParseError of XML is a SyntaxError."""


def read(path: Path, name: str, most: int) -> Table:
    """See `tables.read`. A formula has the value that Excel kept with it; without one its cell is empty."""
    from openpyxl import load_workbook

    _refuse_bomb(path, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about drawings, rules and dates out of range, which are not read
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                sheet, records = _first_filled(book, name, most, path.parent)
            finally:
                book.close()
    except _DAMAGED:
        raise _no_workbook(name) from None
    note = {"message": N_("“{table}” has {total} sheets; “{sheet}” was read."),
            "args": {"table": name, "sheet": sheet, "total": len(book.sheetnames)}}  # fmt: skip
    return Table(name, records.packed(), note, records.width)


def _refuse_bomb(path: Path, name: str) -> None:
    try:
        with path.open("rb") as file, Zip(file, Limits()) as opened:
            entries = list(opened.entries())
            opened.check(entries)
    except (InputError, zipfile.BadZipFile):
        raise _no_workbook(name) from None
    limits.refuse_bombs(entries, Limits(), Zip.kind)


def _first_filled(book: Any, name: str, most: int, folder: Path) -> tuple[str, Packing]:
    for sheet in book.worksheets:
        if records := packed(_records(book, sheet, name), name, most, folder)[0]:
            return sheet.title, records
    return "", Packing()


def _records(book: Any, sheet: Any, name: str) -> Iterator[Record]:
    """Row by row as the file has them: `iter_rows` of openpyxl makes every row and cell that is missing between two,
    and a few bytes can say that there are a thousand million million."""
    from openpyxl.worksheet._reader import WorkSheetParser

    with sheet._get_source() as source:
        dates = {"date_formats": book._date_formats, "timedelta_formats": book._timedelta_formats, "epoch": book.epoch}
        parser = WorkSheetParser(source, sheet._shared_strings, data_only=True, **dates)
        last = 0
        for line, cells in parser.parse():
            if not last < line <= MOST_ROWS:
                raise _no_row(name, line)
            last = line
            filled = {cell["column"]: cell["value"] for cell in cells if cell["value"] is not None}
            width = min(max(filled, default=0), MOST_COLUMNS + 1)
            row = tuple(shown(filled.get(column)) for column in range(1, width + 1))
            if any(cell.strip() for cell in row):
                yield Record(line, row)


def _no_row(name: str, line: int) -> InputError:
    return InputError(
        found=N_("“{name}” has a row numbered {line}."),
        expected=N_("The rows of a workbook are numbered upwards, from 1 to {limit:,}."),
        remedy=N_("Save it as XLSX without a password, or as CSV."),
        name=name,
        line=str(line)[:20],
        limit=MOST_ROWS,
    )


def _no_workbook(name: str) -> InputError:
    return InputError(
        found=N_("“{name}” cannot be read as an Excel workbook."),
        expected=N_("An XLSX workbook with one row per example is needed."),
        remedy=N_("Save it as XLSX without a password, or as CSV."),
        name=name,
    )
