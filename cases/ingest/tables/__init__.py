"""Tables as people save them: lines of cells, whatever kind of file they are in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from cases import limits
from cases.ingest.tables.records import MOST_COLUMNS
from cases.ingest.tables.table import Table, refused, too_large
from models.errors import N_

SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
CLUSTERED = ".clustered"  # after the name of a file: its texts under the names of their groups, one JSON object a line
JSON = frozenset({".jsonl", ".ndjson", ".json", CLUSTERED})
FROM_CLUSTERS = N_("The texts of “{table}” were clustered; your cluster names are the labels.")
TYPED = frozenset({".xlsx", ".parquet"})  # which say themselves how they are written
SPREADSHEETS = SUFFIXES | {".xlsx"}  # which a spreadsheet opens and saves
ALL = SUFFIXES | JSON | TYPED
WORKBOOKS = frozenset({".xlsx", ".xls", ".ods", ".numbers"})


ENCODING = "encoding"  # beside the columns that a person chose
LABELS = "labels"  # beside them, too; see `cases.ingest.label_cells`
CLASS_FOLDER = "class_folder"  # beside them, too: which folder names the class, see `labeled_files.UPPER`


def read(path: Path, name: str, asked: Mapping[str, str] = {}, *, most: int | None = None) -> Table:
    """Read the table in `path`; the ending of `name` says of what kind it is. It may have so many lines at `most`.

    `asked`: what a person chose; only the encoding (one of `encodings.CHOICES`) matters here.

    Raises:
        InputError: it is empty, too large, a workbook of another kind, no table at all, or of an encoding that is in
            doubt.
    """
    if path.stat().st_size > limits.table_bytes():
        raise too_large(name)
    suffix = PurePosixPath(name).suffix.lower()
    chosen = () if suffix in TYPED else (asked.get(ENCODING, ""),)
    table = _reader(suffix)(path, name.removesuffix(CLUSTERED), most or limits.lines(), *chosen)
    if suffix == CLUSTERED:
        table = replace(table, note={"message": FROM_CLUSTERS, "args": {"table": table.name}})
    if not table.records and not table.broken:
        raise refused(name, N_("The table “{name}” is empty."))
    return _narrow(_plain(table) if suffix in SPREADSHEETS else table)


def _plain(table: Table) -> Table:
    """Without the apostrophes that a table of ours, or of another program that guards its cells, has before formulas,
    and with a word about them."""
    if not table.records.guarded:
        return table
    message = N_("“{table}”: the apostrophe that stops spreadsheets from running a cell was removed from {n:,} cells.")
    warning = {"message": message, "args": {"table": table.name, "n": table.records.guarded}}
    return replace(table, records=table.records.unguarded(), warnings=(*table.warnings, warning))


def _narrow(table: Table) -> Table:
    """Without the columns that are too many, and with a word about them."""
    if max(len(table.headings), table.widest) <= MOST_COLUMNS:
        return table
    message = N_("“{table}” has more than {limit:,} columns; only the first {limit:,} were read.")
    warning = {"message": message, "args": {"table": table.name, "limit": MOST_COLUMNS}}
    return replace(table, headings=table.headings[:MOST_COLUMNS], warnings=(*table.warnings, warning))


def _reader(suffix: str) -> Any:
    """Each kind is read by its own module, whose libraries are imported when there is such a file."""
    if suffix in JSON:
        from cases.ingest.tables import json

        return json.read
    if suffix == ".xlsx":
        from cases.ingest.tables import excel

        return excel.read
    if suffix == ".parquet":
        from cases.ingest.tables import parquet

        return parquet.read
    from cases.ingest.tables import csv

    return csv.read
