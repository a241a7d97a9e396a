"""The first sheet of an Excel workbook that holds something, as a table: what its cells show, not how they compute."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cases import archive_limits
from cases.archives import LIMITS
from cases.tables import Record, Table, limited, shown
from cases.zip_reading import Zip
from models.errors import N_, InputError

_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, KeyError, ValueError, TypeError, IndexError, SyntaxError, EOFError)
"""What openpyxl was seen to raise for workbooks that are none; a ParseError of XML is a SyntaxError."""


def read(path: Path, name: str, most: int) -> Table:
    """See `tables.read`. A formula has the value that Excel kept with it; without one its cell is empty."""
    from openpyxl import load_workbook

    _refuse_bomb(path, name)
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            sheet, records = _first_filled(book, name, most)
        finally:
            book.close()
    except _DAMAGED:
        raise _no_workbook(name) from None
    note = {"message": N_("“{table}”: of its {total} sheets “{sheet}” was read."),
            "args": {"table": name, "sheet": sheet, "total": len(book.sheetnames)}}  # fmt: skip
    return Table(name, records, note)


def _refuse_bomb(path: Path, name: str) -> None:
    try:
        with path.open("rb") as file, Zip(file, LIMITS) as opened:
            entries = list(opened.entries())
    except (InputError, zipfile.BadZipFile):
        raise _no_workbook(name) from None
    archive_limits.refuse_bombs(entries, LIMITS, Zip.kind)


def _first_filled(book: Any, name: str, most: int) -> tuple[str, list[Record]]:
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file says of its own size is not to be trusted
        if records := list(limited(_records(sheet), name, most)):
            return sheet.title, records
    return "", []


def _records(sheet: Any) -> Iterator[Record]:
    for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(cell is not None and str(cell).strip() for cell in cells):
            yield Record(line, tuple(map(shown, cells)))


def _no_workbook(name: str) -> InputError:
    return InputError(
        found=N_("“{name}” cannot be read as an Excel workbook."),
        expected=N_("A workbook (XLSX) with one line for each item is needed."),
        remedy=N_("Open it and save it as XLSX, without a password, or as CSV."),
        name=name,
    )
