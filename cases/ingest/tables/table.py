"""A table as it was read: its lines of cells, and how many there may be."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cases import limits
from cases.ingest.archives.names import printable
from cases.ingest.tables.encoding import REPLACED
from cases.ingest.tables.records import MOST_COLUMNS, Packing, Record, Records
from cases.ingest.tables.text_files import LONGEST
from models.errors import N_, InputError

GROWN = 2  # times its bytes that the cells of a table may have in UTF-8, in which letters of one byte have two or three
SHOWN = 80  # characters of a line that is set aside


_LONE = re.compile("[\ud800-\udfff]")  # halves of a character, which JSON and Excel can spell and no file can hold


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that could not be read, the beginning of its text, and the reason (a message id)."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Table:
    """Empty lines are left out; whether the first record holds headings is for the reader's knowledge to decide, except
    where the kind of file names its columns (`headings`). `note` says how it was read, `warnings` what of it was not:
    messages and their arguments. `widest`: the cells of the longest record, those that were left out too."""

    name: str
    records: Records
    note: dict[str, Any]
    widest: int = 0
    encoding: str = ""
    separator: str = ""  # one character, "" where there is one column only
    headings: tuple[str, ...] = ()
    broken: list[Broken] = field(default_factory=list)
    warnings: tuple[dict[str, Any], ...] = ()

    def place(self, line: int, text: str) -> str:
        """What a line is called when it is set aside: the file, its number, and the beginning of its text."""
        words = printable(" ".join(text[: 2 * SHOWN].split()))
        return f"{self.name}:{line} {words if len(words) <= SHOWN else words[:SHOWN] + '…'}".rstrip()

    @property
    def width(self) -> int:
        return max(len(self.headings), min(self.widest, MOST_COLUMNS))


def packed(
    found: Iterable[Record | Broken], name: str, most: int, folder: Path | None = None
) -> tuple[Packing, list[Broken]]:
    """The records and the lines that could not be read. Ends early where those are too many for the rest to matter.
    What memory is not to hold goes into `folder`.

    Raises:
        InputError: they are more than `most`, or larger than is allowed.
    """
    records, broken, largest = Packing(folder), [], GROWN * limits.table_bytes()
    for one in _limited(found, name, most):
        if isinstance(one, Broken):
            broken.append(replace(one, text=one.text[: 2 * SHOWN]))
            if 2 * len(broken) > most:
                break
        else:
            records.add(one.line, one.cells)
            if records.bytes > largest:
                raise _too_much(name)
    return records, broken


def _limited(records: Iterable[Record | Broken], name: str, most: int) -> Iterator[Record | Broken]:
    cells, largest = 0, limits.cells()
    for number, record in enumerate(records):
        if number == most:
            raise refuse_lines(name, most)
        cells += len(record.cells) if isinstance(record, Record) else 1
        if cells > largest:
            raise refuse_cells(name)
        yield record


def _too_much(name: str) -> InputError:
    return InputError(
        found=N_("The cells of “{name}” hold more than {limit} MB of text."),
        expected=N_("A table may hold at most {limit} MB of text, counted as UTF-8."),
        remedy=limits.RAISE,
        name=name,
        limit=GROWN * limits.table_bytes() // limits.MB,
        setting=limits.TABLE,
    )


def too_long(name: str) -> InputError:
    return InputError(
        found=N_("“{name}” has a line of more than {limit:,} characters."),
        expected=N_("A table has one line per example."),
        remedy=N_("Remove or split such lines."),
        name=name,
        limit=LONGEST,
    )


def too_large(name: str) -> InputError:
    return InputError(
        found=N_("The table “{name}” is larger than {limit} MB."),
        expected=N_("A table may have at most {limit} MB."),
        remedy=limits.RAISE,
        name=name,
        limit=limits.table_bytes() // limits.MB,
        setting=limits.TABLE,
    )


def refuse_lines(name: str, most: int) -> InputError:
    return InputError(
        found=N_("The table “{name}” has more than {limit} lines."),
        expected=N_("A table may have at most {limit} lines."),
        remedy=limits.RAISE,
        name=name,
        limit=most,
        setting=limits.LINES,
    )


def refuse_cells(name: str) -> InputError:
    return InputError(
        found=N_("The table “{name}” has more than {limit:,} cells."),
        expected=N_("A table may have at most {limit:,} cells."),
        remedy=limits.RAISE,
        name=name,
        limit=limits.cells(),
        setting=limits.CELLS,
    )


def shown(value: Any) -> str:
    """A value of a typed cell as a person sees it: 1.0 is 1, midnight is no time, and what is missing is empty."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return whole(str(value))


def whole(text: str) -> str:
    """`text` without halves of characters."""
    return text if text.isascii() else _LONE.sub(REPLACED, text)


def refused(name: str, found: str, **args: object) -> InputError:
    return InputError(
        found=found,
        expected=N_("A table is a CSV or TSV file with one line per example."),
        remedy=N_("Save it as CSV in UTF-8 and upload it again."),
        name=name,
        **args,
    )
