"""Tables as people save them: lines of cells, whatever kind of file they are in."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from cases.archive_names import printable
from models.errors import N_, InputError

T = TypeVar("T")
SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
JSON = frozenset({".jsonl", ".ndjson", ".json"})
ALL = SUFFIXES | JSON | {".xlsx", ".parquet"}
WORKBOOKS = frozenset({".xlsx", ".xls", ".ods", ".numbers"})
MOST_BYTES = 200 * 10**6
MOST_RECORDS = 1_000_000  # unless a case asks for more
SHOWN = 80  # characters of a line that is set aside


@dataclass(frozen=True)
class Record:
    """One line of a table (several where a cell holds line breaks); `line` is the first, from 1."""

    line: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """ "" where the line is too short."""
        return self.cells[column].strip() if column < len(self.cells) else ""


@dataclass(frozen=True)
class Broken:
    """A line that could not be read, its text, and the reason (a message id)."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Table:
    """Empty lines are left out; whether the first record holds headings is for the reader's knowledge to decide, except
    where the kind of file names its columns (`headings`). `note` says how it was read: a message and its arguments."""

    name: str
    records: list[Record]
    note: dict[str, Any]
    encoding: str = ""
    separator: str = ""  # one character, "" where there is one column only
    headings: tuple[str, ...] = ()
    broken: list[Broken] = field(default_factory=list)

    def place(self, line: int, text: str) -> str:
        """What a line is called when it is set aside: the file, its number, and the beginning of its text."""
        words = printable(" ".join(text[: 2 * SHOWN].split()))
        return f"{self.name}:{line} {words if len(words) <= SHOWN else words[:SHOWN] + '…'}".rstrip()

    @property
    def width(self) -> int:
        return max(len(self.headings), max((len(record.cells) for record in self.records), default=0))


def read(path: Path, name: str, *, most: int | None = None) -> Table:
    """Read the table in `path`; the ending of `name` says of what kind it is. It may have so many lines at `most`.

    Raises:
        InputError: it is empty, too large, a workbook of another kind, or no table at all.
    """
    if path.stat().st_size > MOST_BYTES:
        raise refused(name, N_("The table “{name}” is larger than {limit} MB."), limit=MOST_BYTES // 10**6)
    table = _reader(PurePosixPath(name).suffix.lower())(path, name, most or MOST_RECORDS)
    if not table.records and not table.broken:
        raise refused(name, N_("The table “{name}” is empty."))
    return table


def _reader(suffix: str) -> Any:
    """Each kind is read by its own module, whose libraries are imported when there is such a file."""
    if suffix in JSON:
        from cases import json_lines as kind
    elif suffix == ".xlsx":
        from cases import workbooks as kind
    elif suffix == ".parquet":
        from cases import parquet as kind
    else:
        from cases import separated as kind
    return kind.read


def limited(records: Iterable[T], name: str, most: int) -> Iterator[T]:
    """The records, as long as they are not more than `most`.

    Raises:
        InputError: they are.
    """
    for number, record in enumerate(records):
        if number == most:
            raise InputError(
                found=N_("The table “{name}” has more than {limit} lines."),
                expected=N_("A table may have at most {limit} lines."),
                remedy=N_("Upload a smaller part of the data."),
                name=name,
                limit=most,
            )
        yield record


def shown(value: Any) -> str:
    """A value of a typed cell as a person sees it: 1.0 is 1, midnight is no time, and what is missing is empty."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)


def refused(name: str, found: str, **args: object) -> InputError:
    return InputError(
        found=found,
        expected=N_("A table is a text file (CSV or TSV) with one line for each item."),
        remedy=N_("Save it as CSV with the characters UTF-8 and bring it again."),
        name=name,
        **args,
    )
