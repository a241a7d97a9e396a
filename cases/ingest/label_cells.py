"""What the cells of label columns become: classes as they are, the first of several labels, or ranges of numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from cases import labels, ranges
from cases.ingest.tables import LABELS
from cases.ingest.tables.columns import Choice
from cases.ingest.tables.headings import word
from cases.ingest.tables.records import Records
from models.errors import N_, InputError

FIRST, BINS = "first", "bins"  # what `LABELS` begins with; behind it the separator, or the upper edges of the bins
SEPARATORS = "|｜;；,，、/"
MOST_BINS = 5
_WITH_NUMBERS = "/,，"  # between numbers these make dates, fractions and thousands
_USUAL = 0.9  # share of the cells that must be written alike
_MOST_CODES, _FEW = 20, 30  # numbers that may well be names of classes; rows of each that are few
_AMOUNTS = {
    "score", "scores", "rating", "ratings", "price", "prices", "amount", "value", "age", "length", "weight", "height",
    "valence", "arousal", "评分", "分数", "得分", "成绩", "打分", "价格", "金额", "年龄", "数值", "长度", "重量",
    "高度",
}  # fmt: skip


class LabelCells:
    """Reads the cells of the label columns of one upload as a person chose, and tells what they look like."""

    def __init__(self, asked: Mapping[str, str] = {}) -> None:
        """
        Args:
            asked: as `Case.read` takes the columns.

        Raises:
            InputError: what it says of the labels cannot be followed.
        """
        self._way, _, rest = asked.get(LABELS, "").partition(" ")
        self._edges = tuple(number for part in rest.split() if (number := ranges.parse_number(part)) is not None)
        self._read = _reading(self._way, rest, self._edges)
        self._cells: Counter[str] = Counter()
        self._place = {"table": "", "column": ""}

    def of_column(self, table: str, column: str) -> Callable[[str], str]:
        """Cell → class, "" for none, for a column of this heading."""
        if not self._cells:
            self._place = {"table": table, "column": column}

        def read(cell: str) -> str:
            label = labels.plain(cell)
            if label:
                self._cells[label] += 1
            return self._read(label)

        return read

    def notes(self) -> list[dict[str, Any]]:
        """What a person should know of the cells that were read: messages, and another reading that one press asks for
        (see `pages.steps.data.table_columns`)."""
        if self._way:
            return [self._as_chosen()] if self._cells else []
        if separator := several(self._cells):
            first = {_parts(cell, separator)[0] for cell in self._cells}
            shown = next(cell for cell, _ in self._cells.most_common() if len(_parts(cell, separator)) > 1)
            message = N_("“{table}”: column “{column}” looks like several labels per cell, such as “{example}”. Every "
                         "combination, in every order, becomes a class of its own: {n:,}. With the first label alone "
                         "there are {first:,}.")  # fmt: skip
            args = {"example": shown, "n": len(self._cells), "first": len(first)}
            return [self._note(message, N_("Use the first label only"), f"{FIRST} {separator}", **args)]
        if edges := amounts(self._cells, self._place["column"]):
            message = N_("“{table}”: column “{column}” looks like numbers: {n:,} values, each a class of its own. If "
                         "they are amounts rather than codes, group them into ranges: {ranges}.")  # fmt: skip
            args = {"n": len(self._cells), "ranges": ", ".join(ranges.names(edges))}
            return [self._note(message, N_("Group into ranges"), " ".join([BINS, *map(_written, edges)]), **args)]
        return []

    def _as_chosen(self) -> dict[str, Any]:
        back = N_("Keep the labels as they are")
        if self._way == FIRST:
            return self._note(N_("“{table}”: the first label of each cell is the class, as you chose."), back, "")
        message = N_("“{table}”: the numbers are grouped into ranges, as you chose: {ranges}.")
        return self._note(message, back, "", ranges=", ".join(ranges.names(self._edges)))

    def _note(self, message: str, press: str, choice: str, **args: Any) -> dict[str, Any]:
        return {"message": message, "args": {**self._place, **args}, "refusal": press, "columns": {LABELS: choice}}


def look(asked: Mapping[str, str], table: str, label: Choice | None, records: Records) -> list[dict[str, Any]]:
    """The notes on one table before it is read; `label`: its label column, None where it has none."""
    cells = LabelCells(asked)
    if label is not None:
        class_of = cells.of_column(table, label.name)
        for cell in records.column(label.column):
            class_of(cell)
    return cells.notes()


def several(cells: Iterable[str]) -> str:
    """The separator of several labels in a cell; "" where each cell holds one.

    Labels in a list come again in other lists, first in one cell and later in another. The levels of a path
    (`sport/football`) keep their places, and the parts of a name (`R&B/Soul`) come in that name alone.
    """
    cells = [*cells]
    return next((separator for separator in SEPARATORS if _lists(cells, separator)), "")


def _lists(cells: Sequence[str], separator: str) -> bool:
    split = [_parts(cell, separator) for cell in cells]
    listed = [parts for parts in split if len(parts) > 1]
    sound = [parts for parts in listed if all(parts) and len({*parts}) == len(parts)
             and not (separator in _WITH_NUMBERS and all(map(_number_of, parts)))]  # fmt: skip
    if len(sound) < 2 or len(sound) < _USUAL * len(listed):
        return False
    first, later = {parts[0] for parts in split}, {part for parts in sound for part in parts[1:]}
    again = max(Counter(part for parts in sound for part in parts).values()) > 1
    return again and 2 * len(first & later) >= len(later)


def amounts(cells: Mapping[str, int], column: str) -> tuple[float, ...]:
    """The upper edges of ranges with about as many rows each, but the last, where the cells are amounts; else none.

    Numbers may be codes of classes: few, or with many or equally many rows each, or with zeros before them or of one
    length as numbers of customers are.
    """
    known = {cell: number for cell in cells if (number := ranges.parse_number(cell)) is not None}
    rows = {cell: cells[cell] for cell in known}
    total, kinds = sum(rows.values()), len({*known.values()})
    if kinds <= _MOST_CODES or total < _USUAL * sum(cells.values()):
        return ()
    if word(column) not in _AMOUNTS and (total > _FEW * kinds or _are_codes(rows, total / kinds)):
        return ()
    ordered = sorted(known, key=known.__getitem__)
    return _quantiles([known[cell] for cell in ordered], [rows[cell] for cell in ordered])


def _are_codes(rows: Mapping[str, int], mean: float) -> bool:
    if not all(cell.isdecimal() for cell in rows):
        return False
    padded = any(len(cell) > 1 and cell[0] == "0" for cell in rows)
    alike = min(map(len, rows)) == max(map(len, rows)) >= 5
    spread = sum((count - mean) ** 2 for count in rows.values()) / len(rows)
    return padded or alike or (mean > 1 and spread < mean / 2)  # counts by chance spread by their mean


def _quantiles(numbers: Sequence[float], rows: Sequence[int]) -> tuple[float, ...]:
    """Edges in as few digits as leave each range half of its share or more."""
    reached, total = [*accumulate(rows)], sum(rows)
    exact = {numbers[bisect_left(reached, total * part / MOST_BINS)] for part in range(1, MOST_BINS)} - {numbers[-1]}
    edges = sorted(exact)
    for digits in range(1, 18):
        edges = sorted({float(f"{edge:.{digits}g}") for edge in exact} - {numbers[-1]})
        below = [0, *(sum(count for number, count in zip(numbers, rows, strict=True) if number <= edge)
                      for edge in edges), total]  # fmt: skip
        if len(edges) == len(exact) and all(2 * MOST_BINS * (more - less) >= total for less, more in pairwise(below)):
            break
    return tuple(edges)


def _reading(way: str, rest: str, edges: Sequence[float]) -> Callable[[str], str]:
    """Label as it is → class.

    Raises:
        InputError: there is no such way to read labels.
    """
    if not way:
        return lambda label: label
    if way == FIRST and rest in SEPARATORS and len(rest) == 1:
        return lambda label: labels.plain(_parts(label, rest)[0])
    if way == BINS and edges and len(edges) == len(rest.split()) and all(a < b for a, b in pairwise(edges)):
        names = ranges.names(edges)

        def ranged(label: str) -> str:
            number = ranges.parse_number(label)
            return label if number is None else names[bisect_left(edges, number)]

        return ranged
    raise InputError(
        found=N_("“{way}” is no way to read labels."),
        expected=N_("Ways are “first” with a separator, and “bins” with rising numbers."),
        remedy=N_("Write for example “first |” or “bins 20 40 60 80”."),
        way=f"{way} {rest}".strip(),
    )


def _written(edge: float) -> str:
    return str(ranges.as_integer(edge))


def _parts(cell: str, separator: str) -> list[str]:
    """The labels of a cell; brackets and quotation marks of a list in JSON or Python are no part of them."""
    inner = cell[1:-1] if cell[:1] == "[" and cell[-1:] == "]" else cell
    return [part.strip(" '\"") for part in inner.strip(f" {separator}").split(separator)]


def _number_of(part: str) -> bool:
    return ranges.parse_number(part) is not None
