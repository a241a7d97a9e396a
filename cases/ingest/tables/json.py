"""JSON, one object a line or a list of objects, as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cases.ingest.tables.json_list import TooLong, values
from cases.ingest.tables.records import MOST_COLUMNS, Record
from cases.ingest.tables.table import Broken, Table, packed, refused, too_long, whole
from cases.ingest.tables.text_files import LONGEST, TOO_LONG, TextFile, opened
from models.errors import N_, InputError

_LONGEST_HEADING = 500  # characters, `outer.inner`; what is nested more deeply stays JSON
NO_OBJECT = N_("Not a JSON object.")


def read(path: Path, name: str, most: int, asked: str = "") -> Table:
    """See `tables.read`. What is nested in an object becomes columns of its own, `outer.inner`; a list is kept as JSON.

    In a list of objects the number of an object stands for its line.
    """
    file = opened(path, name, asked)
    first = next(filter(None, map(str.lstrip, file.pieces())), "")
    listed = first.startswith("[")
    columns: dict[str, int] = {}
    found = (one if isinstance(one, Broken) else Record(one[0], _row(one[1], columns))
             for one in (_listed(file, name) if listed else _by_line(file)))  # fmt: skip
    records, broken = packed(filter(_says_something, found), name, most, path.parent)
    if broken and len(broken) >= len(records):
        raise too_long(name) if broken[-1].reason == TOO_LONG else _no_objects(name)
    how = N_("“{table}” read as a list of JSON objects ({encoding}).") if listed else N_(
        "“{table}” read as JSON Lines ({encoding}).")  # fmt: skip
    note = {"message": how, "args": {"table": name, "encoding": file.title}}
    return Table(name, records.packed(), note, records.width, file.title, headings=tuple(columns), broken=broken)


def _says_something(one: Record | Broken) -> bool:
    return isinstance(one, Broken) or any(map(str.strip, one.cells))


def _by_line(file: TextFile) -> Iterator[tuple[int, dict[str, str]] | Broken]:
    for number, line in enumerate(file.lines("\n"), start=1):
        if len(line) > LONGEST:
            yield Broken(number, line, TOO_LONG)
        elif line.strip():
            yield _flat(number, _parsed(line), line)


def _listed(file: TextFile, name: str) -> Iterator[tuple[int, dict[str, str]] | Broken]:
    try:
        for number, one in enumerate(values(file.pieces()), start=1):
            yield _flat(number, one, "")
    except TooLong:
        raise too_long(name) from None
    except (ValueError, RecursionError):
        raise _no_objects(name) from None


def _no_objects(name: str) -> InputError:
    return refused(name, N_("“{name}” holds no JSON objects, one per line."))


def _parsed(text: str) -> Any:
    """None for what is no JSON, or so deep that it was made to do harm."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _flat(line: int, found: Any, content: str) -> tuple[int, dict[str, str]] | Broken:
    try:
        if isinstance(found, dict):
            return line, dict(_cells(found))
        return Broken(line, content or _json(found), NO_OBJECT)
    except RecursionError:
        return Broken(line, content, NO_OBJECT)


def _cells(found: dict[str, Any], above: str = "") -> Iterable[tuple[str, str]]:
    for key, value in found.items():
        heading = above + whole(key)
        if isinstance(value, dict) and len(heading) < _LONGEST_HEADING:
            yield from _cells(value, f"{heading}.")
        elif isinstance(value, str):
            yield heading, whole(value)
        elif value is not None:
            yield heading, _json(value)


def _json(value: Any) -> str:
    return whole(json.dumps(value, ensure_ascii=False))


def _row(cells: dict[str, str], columns: dict[str, int]) -> tuple[str, ...]:
    """The cells in the order of `columns`, to which new ones are added up to one more than are read."""
    for key in cells:
        if len(columns) <= MOST_COLUMNS:
            columns.setdefault(key, len(columns))
    places = {columns[key]: cell for key, cell in cells.items() if key in columns}
    return tuple(places.get(place, "") for place in range(max(places, default=-1) + 1))
