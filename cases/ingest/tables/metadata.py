"""Columns of a table that are neither file, text, class nor split: what they say is kept beside the samples, so that an
evaluation can be cut into slices by it."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cases.ingest.tables.entry_stats import looks_of
from cases.ingest.tables.records import Record, Records

KEY = "metadata"  # of what a table says, beside name and label of a sample
MOST, LONGEST = 50, 100  # columns of a table, characters of a cell


def columns(records: Records, headings: Sequence[str], taken: Collection[int]) -> dict[int, str]:
    """Find the columns whose cells are numbers or come again: column → its heading, or its number from 1.

    Columns that hold something else in each line, as ids and comments do, make no slices and are not kept.
    """
    looks = [look for look in looks_of(records, len(headings)) if look.number not in taken and look.kinds > 1]
    some = [look.number for look in looks if look.repeats or look.numeric][:MOST]
    return _named({column: headings[column] or str(column + 1) for column in some})


def every(headings: Sequence[str], taken: Collection[int]) -> dict[int, str]:
    """All columns but those that are taken, called alike: for a person who gets their table back."""
    some = [column for column in range(len(headings)) if column not in taken][:MOST]
    return _named({column: headings[column] or str(column + 1) for column in some})


def _named(found: dict[int, str]) -> dict[int, str]:
    """Two columns of one name stay apart."""
    used: set[str] = set()
    for column, name in found.items():
        if name in used:
            found[column] = f"{name} ({column + 1})"
        used.add(found[column])
    return found


def said(record: Record, known: Mapping[int, str], longest: int = LONGEST) -> dict[str, str]:
    """Heading → cell of one line, at most `longest` characters; empty cells are left out. Equal cells are one text in
    memory."""
    return {name: sys.intern(cell) for column, name in known.items() if (cell := record.cell(column)[:longest])}


def table(samples: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """A line for each sample, a column for each heading that any of them has under `KEY`; "" where it says nothing."""
    packing = Packing()
    for sample in samples:
        packing.add(sample.get(KEY, {}))
    return packing.table()


class Packing:
    """Takes what is said of one sample after the other; a cell that comes again is a number."""

    def __init__(self) -> None:
        self._total = 0
        self._numbers: dict[str, array[int]] = {}
        self._cells: dict[str, dict[str, int]] = {}

    def add(self, said: Mapping[str, str]) -> None:
        for name, cell in said.items():
            cells = self._cells.setdefault(name, {"": 0})
            self._filled(name).append(cells.setdefault(cell, len(cells)))
        self._total += 1

    def table(self) -> pd.DataFrame:
        """See `table`."""
        columns = {}
        for name, cells in self._cells.items():
            numbers = np.frombuffer(self._filled(name), np.uint32).astype(np.int32)
            column = pd.Categorical.from_codes(numbers, [*cells]).remove_unused_categories()
            columns[name] = column.reorder_categories(sorted(column.categories))
        return pd.DataFrame(columns, index=pd.RangeIndex(self._total))

    def _filled(self, name: str) -> array[int]:
        """The numbers of a column, with those of the samples of which it says nothing."""
        numbers = self._numbers.setdefault(name, array("I"))
        numbers.frombytes(bytes(numbers.itemsize * (self._total - len(numbers))))
        return numbers
