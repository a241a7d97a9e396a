"""How a table that a person brought is understood: its first lines, and what each column is taken for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


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
    """

    table: str
    columns: tuple[Column, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    total: int = 0
    notes: tuple[dict[str, Any], ...] = ()
    error: dict[str, Any] | None = None


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
        )
        for one in json.loads(path.read_text("utf-8"))
    ]
