"""Tables of text, CSV and TSV: the characters, the separator, the quotation marks and the line of each record are
found out."""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

from cases.ingest.tables.records import Packing, Record
from cases.ingest.tables.table import Broken, Table, packed, refused, too_long
from cases.ingest.tables.text_files import LONGEST, TOO_LONG, TextFile, opened
from models.errors import N_

csv.field_size_limit(LONGEST)  # a whole book may stand in one cell
NEVER_CLOSED = N_("A quotation mark is not closed, or text follows the closing one.")
_SEPARATORS = ",;\t|"
_WITHOUT_QUOTES = ("\t", "")  # separators with which a quotation mark is often a character like others
_DOUBLED = "::"  # the separator of MovieLens
_LOOKED_AT = 100  # lines that decide about the separator
_AGAIN = 8  # times as much as there is may be read again after broken lines
_Lines = Callable[[], Iterator[str]]  # from the beginning


def read(path: Path, name: str, most: int, asked: str = "") -> Table:
    """See `tables.read`; a line whose quotation marks go wrong is `Table.broken`, and the next ones are read."""
    file = opened(path, name, asked)
    lines: _Lines = file.lines
    if doubled := _is_doubled(lines):
        lines = _with_tabs(file)
    separator, skipped = _separator(lines)
    records, broken = _records(lines, separator, name, most, path.parent, start=skipped)
    literal = separator in _WITHOUT_QUOTES and any(line.reason == NEVER_CLOSED for line in broken)
    if literal:
        del records
        records, broken = _records(lines, separator, name, most, path.parent, quoted=False, start=skipped)
    if broken and len(broken) >= len(records):
        raise too_long(name) if broken[-1].reason == TOO_LONG else refused(
            name, N_("“{name}” cannot be read as a table: a quotation mark is never closed."))  # fmt: skip
    args = {"table": name, "encoding": file.title}
    if separator:
        args["separator"] = _DOUBLED if doubled else {"\t": "Tab"}.get(separator, separator)
    note = {"message": _how(separator, literal), "args": args}
    return Table(name, records.packed(), note, records.width, file.title, separator, broken=broken)


def _with_tabs(file: TextFile) -> _Lines:
    return lambda: (line.replace(_DOUBLED, "\t") for line in file.lines())


def _is_doubled(lines: _Lines) -> bool:
    some = list(islice(filter(str.strip, lines()), _LOOKED_AT))
    return len({line.count(_DOUBLED) for line in some}) == 1 and some[0].count(_DOUBLED) > 0 and "\t" not in some[0]


def _how(separator: str, literal: bool) -> str:
    if not separator and literal:
        return N_("“{table}” read as {encoding}, one column; quotation marks are part of the text.")
    if not separator:
        return N_("“{table}” read as {encoding}, one column.")
    if literal:
        return N_("“{table}” read as {encoding}, separator “{separator}”; quotation marks are part of the text.")
    return N_("“{table}” read as {encoding}, separator “{separator}”.")


def _separator(lines: _Lines) -> tuple[str, int]:
    """The separator with which most lines have the same number of cells, more than one; and the lines to skip."""
    hint = next(lines(), "").strip()
    if hint.lower().startswith("sep=") and len(hint) == 5:  # Excel's own hint
        return hint[4], 1

    def evenness(separator: str) -> tuple[float, int]:
        if not any(separator in line for line in islice(lines(), _LOOKED_AT)):
            return 0.0, 1
        widths = Counter(_widths(islice(lines(), _LOOKED_AT), separator))
        width, count = max(widths.items(), key=lambda found: (found[1], found[0]), default=(1, 0))
        return (count / widths.total(), width) if width > 1 else (0.0, 1)

    best = max(_SEPARATORS, key=evenness)
    return (best if evenness(best)[0] >= 0.5 else ""), 0


def _widths(lines: Iterator[str], separator: str) -> Iterator[int]:
    short = (line for line in lines if len(line) <= LONGEST)
    try:
        for cells in csv.reader(short, delimiter=separator):
            if any(cell.strip() for cell in cells):
                yield len(cells)
    except csv.Error:  # a cell that goes on and on over many lines
        return


def _records(
    lines: _Lines, separator: str, name: str, most: int, folder: Path, *, quoted: bool = True, start: int = 0
) -> tuple[Packing, list[Broken]]:
    """No records at all where too many marks are never closed for the rest to be read again after each."""
    try:
        return packed(_read_on(lines, separator, quoted, start), name, most, folder)
    except _TooOften as error:
        return Packing(), [error.broken]


class _TooOften(Exception):
    def __init__(self, broken: Broken) -> None:
        self.broken = broken


def _read_on(lines: _Lines, separator: str, quoted: bool, start: int) -> Iterator[Record | Broken]:
    """The records from the line `start` on, from 0. After a broken line the reading begins anew with the next, for a
    mark that is never closed swallows the rest.

    Raises:
        _TooOften: more than `_AGAIN` times as much was swallowed as there is.
    """
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    rest = islice(lines(), start, None)
    again: deque[str] = deque()
    swallowed: list[str] = []
    line, left = start + 1, None

    def taken() -> Iterator[str]:
        while (one := again.popleft() if again else next(rest, None)) is not None:
            swallowed.append(one)
            if len(one) > LONGEST:
                raise csv.Error
            yield one

    while True:
        try:
            for cells in csv.reader(taken(), delimiter=separator or "\0", strict=True, quoting=quoting):
                if any(map(str.strip, cells)):
                    yield Record(line, tuple(cells))
                line += len(swallowed)
                swallowed.clear()
            return
        except csv.Error:
            first = swallowed[0]
            broken = Broken(line, first, TOO_LONG if len(first) > LONGEST else NEVER_CLOSED)
        left = (_AGAIN * sum(map(len, lines())) if left is None else left) - sum(map(len, swallowed))
        if left < 0:
            raise _TooOften(broken)
        yield broken
        again.extendleft(reversed(swallowed[1:]))
        swallowed.clear()
        line += 1
