"""Tables of text, CSV and TSV: the characters, the separator, the quotation marks and the line of each record are
found out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from cases.characters import decode
from cases.tables import MOST_BYTES, Broken, Record, Table, limited, refused
from models.errors import N_

csv.field_size_limit(MOST_BYTES)  # a whole book may stand in one cell
NEVER_CLOSED = N_("A quotation mark is not closed, or something stands behind the closing one.")
_SEPARATORS = ",;\t|"
_WITHOUT_QUOTES = ("\t", "")  # separators with which a quotation mark is often a character like others
_DOUBLED = "::"  # the separator of MovieLens
_LOOKED_AT = 100  # lines that decide about the separator


def read(path: Path, name: str, most: int) -> Table:
    """See `tables.read`; a line whose quotation marks go wrong is `Table.broken`, and the next ones are read."""
    text, encoding = decode(path.read_bytes(), name)
    lines = list(io.StringIO(text, newline=""))
    if doubled := _is_doubled(lines):
        lines = [line.replace(_DOUBLED, "\t") for line in lines]
    separator, skipped = _separator(lines)
    records, broken = _records(lines, separator, name, most, start=skipped)
    literal = bool(broken) and separator in _WITHOUT_QUOTES
    if literal:
        records, broken = _records(lines, separator, name, most, quoted=False, start=skipped)
    if broken and len(broken) >= len(records):
        raise refused(name, N_("“{name}” cannot be read as a table: a quotation mark is never closed."))
    args = {"table": name, "encoding": encoding}
    if separator:
        args["separator"] = _DOUBLED if doubled else {"\t": "Tab"}.get(separator, separator)
    note = {"message": _how(separator, literal), "args": args}
    return Table(name, records, note, encoding, separator, broken=broken)


def _is_doubled(lines: Sequence[str]) -> bool:
    some = list(islice(filter(str.strip, lines), _LOOKED_AT))
    return len({line.count(_DOUBLED) for line in some}) == 1 and some[0].count(_DOUBLED) > 0 and "\t" not in some[0]


def _how(separator: str, literal: bool) -> str:
    if not separator and literal:
        return N_("“{table}” was read as {encoding}, one column; quotation marks belong to the text.")
    if not separator:
        return N_("“{table}” was read as {encoding}, one column.")
    if literal:
        return N_(
            "“{table}” was read as {encoding} with the separator “{separator}”; quotation marks belong to the text."
        )
    return N_("“{table}” was read as {encoding} with the separator “{separator}”.")


def _separator(lines: Sequence[str]) -> tuple[str, int]:
    """The separator with which most lines have the same number of cells, more than one; and the lines to skip."""
    hint = lines[0].strip() if lines else ""
    if hint.lower().startswith("sep=") and len(hint) == 5:  # Excel's own hint
        return hint[4], 1

    def evenness(separator: str) -> tuple[float, int]:
        widths = Counter(
            len(cells)
            for cells in csv.reader(islice(lines, _LOOKED_AT), delimiter=separator)
            if any(cell.strip() for cell in cells)
        )
        width, count = max(widths.items(), key=lambda found: (found[1], found[0]), default=(1, 0))
        return (count / widths.total(), width) if width > 1 else (0.0, 1)

    best = max(_SEPARATORS, key=evenness)
    return (best if evenness(best)[0] >= 0.5 else ""), 0


def _records(
    lines: Sequence[str], separator: str, name: str, most: int, *, quoted: bool = True, start: int = 0
) -> tuple[list[Record], list[Broken]]:
    """After a broken line the reading begins anew with the next, for a mark that is never closed swallows the rest."""
    records, broken = [], []
    while start < len(lines):
        try:
            for record in limited(_strictly(lines, separator, quoted, start), name, most):
                records.append(record)
            break
        except _At as error:
            broken.append(Broken(error.line, lines[error.line - 1], NEVER_CLOSED))
            start = error.line
    return records, broken


class _At(Exception):
    """The record that begins with `line`, from 1, breaks the rules."""

    def __init__(self, line: int) -> None:
        self.line = line


def _strictly(lines: Sequence[str], separator: str, quoted: bool, start: int) -> Iterator[Record]:
    """The records from the line `start` on, from 0."""
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    rest = map(lines.__getitem__, range(start, len(lines)))
    reader, line = csv.reader(rest, delimiter=separator or "\0", strict=True, quoting=quoting), start + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Record(line, tuple(cells))
            line = start + reader.line_num + 1
    except csv.Error:
        raise _At(line) from None
