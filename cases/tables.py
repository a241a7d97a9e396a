"""Tables as people save them: the characters, the separator and the line of each record are found out."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cases.archive_names import is_chinese
from models.errors import N_, InputError

SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
WORKBOOKS = frozenset({".xlsx", ".xls", ".ods", ".numbers"})
MOST_BYTES = 200 * 10**6
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_SEPARATORS = ",;\t|"
_LOOKED_AT = 100  # lines that decide about the separator


@dataclass(frozen=True)
class Record:
    """One line of a table (several where a cell holds line breaks); `line` is the first, from 1."""

    line: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """ "" where the line is too short."""
        return self.cells[column].strip() if column < len(self.cells) else ""


@dataclass(frozen=True)
class Table:
    """Empty lines are left out; whether the first record holds headings is for the reader's knowledge to decide."""

    name: str
    records: list[Record]
    encoding: str
    separator: str  # one character, "" where there is one column only

    @property
    def width(self) -> int:
        return max(len(record.cells) for record in self.records)


def read(path: Path, name: str) -> Table:
    """Read a table of text.

    Raises:
        InputError: it is empty, too large, a workbook, or no text at all.
    """
    if path.stat().st_size > MOST_BYTES:
        raise _refused(name, N_("The table “{name}” is larger than {limit} MB."), limit=MOST_BYTES // 10**6)
    text, encoding = decode(path.read_bytes(), name)
    separator, text = _separator(text)
    try:
        records = _records(text, separator)
    except csv.Error:
        raise _refused(name, N_("“{name}” cannot be read as a table: a quotation mark is never closed.")) from None
    if not records:
        raise _refused(name, N_("The table “{name}” is empty."))
    return Table(name, records, encoding, separator)


def decode(content: bytes, name: str) -> tuple[str, str]:
    """The text and the name of its encoding: as a byte order mark says, UTF-8, GB 18030 where that gives everyday
    Chinese, else Western European."""
    encoding = next((encoding for bom, encoding in _BOMS if content.startswith(bom)), None) or _unmarked(content)
    text = content.decode(encoding, errors="replace")
    if "\0" in text:
        raise _refused(name, N_("“{name}” is not a table of text."))
    return text, encoding.removesuffix("-sig").upper()


def _unmarked(content: bytes) -> str:
    start = content[:2000]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if 3 * start[first::2].count(0) > len(start[first::2]):  # every other byte of Latin letters is zero
            return encoding
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or is_chinese(text):
            return encoding
    return "latin-1"


def _separator(text: str) -> tuple[str, str]:
    """The separator with which most lines have the same number of cells, more than one; and the text to be read."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own hint
        return first.strip()[4], "\n" + rest
    start = "\n".join(text.splitlines()[:_LOOKED_AT])

    def evenness(separator: str) -> tuple[float, int]:
        widths = Counter(len(record.cells) for record in _records(start, separator, strict=False))
        width, lines = max(widths.items(), key=lambda found: (found[1], found[0]), default=(1, 0))
        return (lines / widths.total(), width) if width > 1 else (0.0, 1)

    best = max(_SEPARATORS, key=evenness)
    return (best if evenness(best)[0] >= 0.5 else ""), text


def _records(text: str, separator: str, strict: bool = True) -> list[Record]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator or "\0", strict=strict)
    records, line = [], 1
    for cells in lines:
        if any(cell.strip() for cell in cells):
            records.append(Record(line, tuple(cells)))
        line = lines.line_num + 1
    return records


def _refused(name: str, found: str, **args: object) -> InputError:
    return InputError(
        found=found,
        expected=N_("A table is a text file (CSV or TSV) with one line for each item."),
        remedy=N_("Save it as CSV with the characters UTF-8 and bring it again."),
        name=name,
        **args,
    )
