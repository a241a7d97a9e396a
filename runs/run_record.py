"""Reads `run.json`, the record of a run that lies in its bundle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, TypedDict

import ijson

from models.errors import N_, InputError

DEEPEST = 50  # parts within parts; a record has four
BLOCK = 1 << 12  # bytes that are parsed together: what lies deep in a block is named by its whole way down
DIGITS = 18  # of the number of a row, so that it fits into 64 bits


class RunRecord(TypedDict):
    """What of a run can be repeated; `edits`: as `cases.dataset.Dataset` has them."""

    case: str  # "" where it was not told
    settings: Mapping[str, Any]
    edits: Mapping[int, str | None]
    columns: Mapping[str, str]
    later_columns: list[Mapping[str, str]]


def empty() -> RunRecord:
    """Give the record of a run of which nothing is known."""
    return {"case": "", "settings": {}, "edits": {}, "columns": {}, "later_columns": []}


def read(path: Path) -> RunRecord:
    """Read what of a run can be repeated; see `parse`."""
    with path.open("rb") as file:
        return parse(file, str(path))


def parse(file: IO[bytes], name: str) -> RunRecord:
    """Read what of a run can be repeated, from a file that is called so.

    Edits are read one by one and kept by number: a dictionary of as many texts takes more than twice the time for
    twice as many, once it outgrows the cache of the processor.

    Raises:
        InputError: it is not the record of a run.
    """
    try:
        told, edits = _parts(file)
        columns, later_columns = told.get("columns", {}), told.get("later_columns", [])
        _require(edits is not None and isinstance(told["settings"], dict) and isinstance(later_columns, list))
        _require(all(isinstance(some, dict) for some in (columns, *later_columns)))
        names = [value for some in (columns, *later_columns) for value in some.values()]
        _require(all(isinstance(name, str) for name in names))
        probes = told["settings"].get("probes", [])
        _require(isinstance(probes, list) and all(type(row) is int for row in probes))
    except (ijson.JSONError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            found=N_("“{path}” is not the record of a run."),
            expected=N_("A bundle's run.json holds settings and edits."),
            remedy=N_("Use the unchanged run.json from a bundle."),
            path=name,
        ) from error
    return {"case": str(told.get("case", "")), "settings": told["settings"], "edits": edits or {}, "columns": columns,
            "later_columns": later_columns}  # fmt: skip


def _parts(file: IO[bytes]) -> tuple[dict[str, Any], dict[int, str | None] | None]:
    """All but the edits as one reads JSON, and the edits; None for them where there are none."""
    rest = ijson.ObjectBuilder()
    edits: dict[int, str | None] | None = None
    for prefix, event, value in ijson.parse(file, use_float=True, buf_size=BLOCK):
        if prefix == "edits":
            _require(event in ("start_map", "map_key", "end_map"))
            edits = {} if edits is None or event == "start_map" else edits
        elif edits is not None and prefix.startswith("edits."):
            row = prefix[len("edits.") :]
            _require(event in ("string", "null") and row.removeprefix("-").isdecimal() and len(row) <= DIGITS)
            edits[int(row)] = value
        else:
            rest.event(event, value)
            _require(len(rest.containers) <= DEEPEST)
    return rest.value, edits


def _require(holds: bool) -> None:
    if not holds:
        raise TypeError("It is not laid out as the record of a run.")
