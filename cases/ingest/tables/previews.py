"""How a table that a person brought is understood: its first lines, and what each column is taken for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cases.ingest.tables.records import Record

LINES = 5
LONGEST = 200  # characters of a cell


@dataclass(frozen=True)
class Column:
    """`name` is its heading or number; `role` is a name in `Case.columns`, "" for none."""

    name: str
    role: str


@dataclass(frozen=True)
class Preview:
    """One table. `notes` say how it was read and why each column has its role: messages and their arguments.

    `lines` are without the headings and as wide as there are columns. `error` is that of `InputError.as_json`: the
    table cannot be read, or it has no column that was chosen and is shown as it is understood without.
    `encoding` is one of `encodings.CHOICES` where neither the file nor a mark in it says it: the one it was read in, or
    the likeliest where that is in doubt. `samples`: how its first lines read in others.
    """

    table: str
    columns: tuple[Column, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    total: int = 0
    notes: tuple[dict[str, Any], ...] = ()
    error: dict[str, Any] | None = None
    encoding: str = ""
    samples: Mapping[str, Sequence[str]] = field(default_factory=dict)


def seen(
    name: str,
    records: Sequence[Record],
    headings: Sequence[str],
    roles: Mapping[int, str],
    notes: Sequence[dict[str, Any]],
) -> Preview:
    """The beginning of a table that is called `name`; `roles`: column → what it was taken for."""
    names = [heading or str(number) for number, heading in enumerate(headings, start=1)]
    shown = tuple(Column(name, roles.get(number, "")) for number, name in enumerate(names))
    lines = tuple(tuple(record.cell(column)[:LONGEST] for column in range(len(names))) for record in records[:LINES])
    return Preview(name, shown, lines, len(records), tuple(notes))


def save(previews: Sequence[Preview], path: Path) -> None:
    path.write_text(json.dumps([asdict(one) for one in previews], ensure_ascii=False), "utf-8")


def load(path: Path) -> list[Preview]:
    """Empty where nothing was saved."""
    if not path.exists():
        return []
    return [
        Preview(
            one["table"],
            tuple(Column(**column) for column in one["columns"]),
            tuple(map(tuple, one["lines"])),
            one["total"],
            tuple(one["notes"]),
            one["error"],
            one.get("encoding", ""),
            one.get("samples", {}),
        )
        for one in json.loads(path.read_text("utf-8"))
    ]
