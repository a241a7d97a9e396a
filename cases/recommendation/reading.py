"""From tables to who had what and when, and to what each item is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from cases import columns, tables
from cases.archives import SetAside
from cases.gathering import Found, Gathered, Wanted
from cases.recommendation import describing, having, roles
from cases.recommendation.roles import Roles
from cases.tables import Table
from models.errors import N_, InputError
from models.report import Report

WANTED = Wanted(frozenset(), tables.ALL | {".dat", ".data", ".inter", ".item"})
MOST_LINES = 5_000_000
NEITHER = N_("A table of neither interactions nor items.")
NOBODY = N_("“{name}” has no usable interactions. Lines set aside: {set_aside}.")


@dataclass(frozen=True)
class Read:
    """`had`: the columns of `having`, a line for each time somebody had something, in the order of the files; value and
    time are NaN where nothing is said. `told`: the columns id, title, genres and text. `counted`: values are counts.
    `parts`: the numbers of those that bring `had`."""

    had: pd.DataFrame
    told: pd.DataFrame
    counted: bool
    set_aside: list[SetAside]
    notes: list[dict[str, Any]] = field(default_factory=list)
    parts: frozenset[int] = frozenset()


def collect(gathered: Gathered, asked: Mapping[str, str], report: Report) -> Read:
    """Read every table. `asked` as `roles.find` takes it.

    Raises:
        InputError: a table that was brought by itself cannot be used, or no table has a column that was chosen.
    """
    understood, aside = [], list(gathered.set_aside)
    for found in gathered.tables:
        report.check()
        try:
            understood.append((found, *understand(found, asked)))
        except InputError:
            if found.beside:
                raise
            aside.append(SetAside(found.name, NEITHER))
    columns.require(asked, [(table.name, which.headings) for _, table, which in understood])
    told = [one for one in understood if one[2].tells]
    had, lesser = _which_say_most([one for one in understood if not one[2].tells])
    aside += [SetAside(found.name, N_("Another table has ratings or counts; this one has not.")) for found in lesser]
    lines = [having.lines(found, which) for found, _, which in had]
    counted = bool(had) and having.are_counts(lines, [which for _, _, which in had])
    lines = [having.useful(one, table, which, counted, aside)
             for one, (_, table, which) in zip(lines, had, strict=True)]  # fmt: skip
    told, others = _about_these(told, lines)
    aside += [SetAside(found.name, NEITHER) for found in others]
    items = [describing.items(found, table, which, aside) for found, table, which in told]
    notes = [note for _, table, which in (*had, *told) for note in explained(table, which)]
    return Read(_joined(lines, having.COLUMNS), _joined(items, describing.COLUMNS), counted, aside, notes,
                frozenset(found.part for found, _, _ in had))  # fmt: skip


def understand(found: Found, asked: Mapping[str, str]) -> tuple[Table, Roles]:
    """Raises InputError where it is no table of either kind."""
    table = tables.read(found.path, PurePosixPath(found.name).name, most=MOST_LINES)
    which = roles.find(table, asked)
    roles.require(table.name, which)
    return table, which


def explained(table: Table, which: Roles) -> list[dict[str, Any]]:
    """How it was read, and why each column is taken for what it is: messages and their arguments."""
    return columns.explain(table, *which.found.values())


def _which_say_most(
    had: Sequence[tuple[Found, Table, Roles]],
) -> tuple[list[tuple[Found, Table, Roles]], list[Found]]:
    """Of an archive with ratings, what does not rate is about something else: the tags of MovieLens, for one."""
    rating = [one for one in had if "value" in one[2].found]
    lesser = [one for one in had if rating and "value" not in one[2].found and not one[0].beside]
    return [one for one in had if one not in lesser], [found for found, _, _ in lesser]


def _about_these(
    told: Sequence[tuple[Found, Table, Roles]], lines: Sequence[pd.DataFrame]
) -> tuple[list[tuple[Found, Table, Roles]], list[Found]]:
    """Of an archive, what describes nothing that anybody had is something else: a README with commas in it, for one."""
    had = {item for frame in lines for item in frame["item"]}

    def foreign(found: Found, which: Roles) -> bool:
        column = which.found["id"].column
        return bool(had) and not found.beside and not any(record.cell(column) in had for record in which.records)

    others = [found for found, _, which in told if foreign(found, which)]
    return [one for one in told if one[0] not in others], others


def _joined(some: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    whole = [one for one in some if len(one)]
    return pd.concat(whole, ignore_index=True) if whole else pd.DataFrame({name: [] for name in names}, dtype="str")
