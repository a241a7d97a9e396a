"""Cells that a spreadsheet would run as a formula have an apostrophe before them in every table that leaves, and lose
it when such a table is read again."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

_SIGNS = "=+-@\t\r\n＝＋－＠"  # spreadsheets of East Asian languages take the full-width ones for the others
_FORMULA = re.compile(rf"'*[{re.escape(_SIGNS)}]")  # apostrophes count, so that each text is read back as it was
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
FIRST = frozenset(f"'{_SIGNS}")  # with which a cell begins that needs a look


def guarded(text: str) -> str:
    """As it stands in a table that leaves; a number stays one."""
    return f"'{text}" if _is_formula(text) else text


def guarded_table(table: pd.DataFrame) -> pd.DataFrame:
    """All its texts `guarded`; its numbers stay."""
    return table.apply(lambda column: column if pd.api.types.is_numeric_dtype(column) else column.map(_guarded_cell))


def unguarded(text: str) -> str:
    """As it was before `guarded`."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def count(cells: Iterable[str]) -> tuple[int, int]:
    """How many cells are guarded, and how many should be but are not."""
    found = [cell for cell in cells if cell[:1] in FIRST and _is_formula(cell)]
    safe = sum(cell[0] == "'" for cell in found)
    return safe, len(found) - safe


def _is_formula(text: str) -> bool:
    return text[:1] in FIRST and bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def _guarded_cell(cell: object) -> object:
    return guarded(cell) if isinstance(cell, str) else cell
