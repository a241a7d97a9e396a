"""JSON, one object a line or a list of objects, as a table."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cases.characters import REPLACED, decode
from cases.tables import Broken, Record, Table, limited, refused
from models.errors import N_

_LONE = re.compile("[\ud800-\udfff]")  # halves of a character, which JSON can spell and no file can hold
NO_OBJECT = N_("The line is no JSON object.")


def read(path: Path, name: str, most: int) -> Table:
    """See `tables.read`. What is nested in an object becomes columns of its own, `outer.inner`; a list is kept as JSON.

    In a list of objects the number of an object stands for its line.
    """
    text, encoding = decode(path.read_bytes(), name)
    listed = text.lstrip().startswith("[")
    columns: dict[str, int] = {}
    records, broken = [], []
    for found in limited(_whole(text, name) if listed else _by_line(text), name, most):
        if isinstance(found, Broken):
            broken.append(found)
        else:
            line, cells = found
            records.append(Record(line, _row(cells, columns)))
    if broken and len(broken) >= len(records):
        raise refused(name, N_("“{name}” holds no JSON objects, one a line."))
    how = N_("“{table}” was read as a list of JSON objects ({encoding}).") if listed else N_(
        "“{table}” was read as JSON, one object a line ({encoding}).")  # fmt: skip
    note = {"message": how, "args": {"table": name, "encoding": encoding}}
    return Table(name, records, note, encoding, headings=tuple(columns), broken=broken)


def _by_line(text: str) -> Iterator[tuple[int, dict[str, str]] | Broken]:
    for line, content in enumerate(io.StringIO(text), start=1):
        if content.strip():
            yield _flat(line, _parsed(content), content)


def _whole(text: str, name: str) -> Iterator[tuple[int, dict[str, str]] | Broken]:
    found = _parsed(text)
    if not isinstance(found, list):
        raise refused(name, N_("“{name}” holds no JSON objects, one a line."))
    return (_flat(number, one, json.dumps(one, ensure_ascii=False)) for number, one in enumerate(found, start=1))


def _parsed(text: str) -> Any:
    """None for what is no JSON, or so deep that it was made to do harm."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _flat(line: int, found: Any, content: str) -> tuple[int, dict[str, str]] | Broken:
    return (line, dict(_cells(found))) if isinstance(found, dict) else Broken(line, content, NO_OBJECT)


def _cells(found: dict[str, Any], above: str = "") -> Iterable[tuple[str, str]]:
    for key, value in found.items():
        if isinstance(value, dict):
            yield from _cells(value, f"{above}{key}.")
        elif isinstance(value, str):
            yield above + key, _LONE.sub(REPLACED, value)
        elif value is not None:
            yield above + key, json.dumps(value, ensure_ascii=False)


def _row(cells: dict[str, str], columns: dict[str, int]) -> tuple[str, ...]:
    """The cells in the order of `columns`, to which new ones are added."""
    for key in cells:
        columns.setdefault(key, len(columns))
    return tuple(cells.get(key, "") for key in columns)
