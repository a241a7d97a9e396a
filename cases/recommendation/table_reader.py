"""From tables to who had what and when, and to what each item is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from cases import limits
from cases.ingest import tables
from cases.ingest.archives import SetAside
from cases.ingest.collection import CollectedFiles, SourceFile, Wanted
from cases.ingest.tables import columns as tables_columns
from cases.ingest.tables.table import Table
from cases.recommendation import columns, interaction_table, item_table, metadata
from cases.recommendation.columns import Roles
from models.errors import N_, InputError
from models.progress import ProgressReporter

WANTED = Wanted(frozenset(), tables.ALL | {".dat", ".data", ".inter", ".item"})
MOST_LINES = 5_000_000  # of interactions, unless another limit is set
NEITHER = N_("Neither an interaction table nor an item table.")
NOBODY = N_("“{name}” has no usable interactions. Skipped lines: {set_aside}.")


@dataclass(frozen=True)
class Read:
    """`had`: the columns of `interaction_table`, a line for each time somebody had something, in the order of the
    files; value and time are NaN where nothing is said. `told`: the columns id, title, genres and text. `counted`:
    values are counts. `parts`: the numbers of those that bring `had`. `users` and `items`: what columns without a role
    say of them."""

    had: pd.DataFrame
    told: pd.DataFrame
    counted: bool
    set_aside: list[SetAside]
    notes: list[dict[str, Any]] = field(default_factory=list)
    parts: frozenset[int] = frozenset()
    users: metadata.Told = field(default_factory=dict)
    items: metadata.Told = field(default_factory=dict)


def collect(gathered: CollectedFiles, asked: Mapping[str, str], report: ProgressReporter) -> Read:
    """Read every table. `asked` as `columns.find` takes it.

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
    tables_columns.require(asked, [(table.name, which.headings) for _, table, which in understood])
    told = [one for one in understood if one[2].tells]
    had, lesser = _which_say_most([one for one in understood if not one[2].tells])
    aside += [SetAside(found.name, N_("Another table has ratings or counts; this one does not.")) for found in lesser]
    lines = [interaction_table.lines(found, which) for found, _, which in had]
    copies = interaction_table.left_out_copies(lines)
    counted = bool(had) and interaction_table.are_counts(lines, [which for _, _, which in had])
    lines = [interaction_table.useful(one, table, which, counted, aside)
             for one, (_, table, which) in zip(lines, had, strict=True)]  # fmt: skip
    told, others = _about_these(told, lines)
    aside += [SetAside(found.name, NEITHER) for found in others]
    items = [item_table.items(found, table, which, aside) for found, table, which in told]
    items += [item_table.beside(which, one["item"]) for one, (_, _, which) in zip(lines, had, strict=True)]
    notes = copies + [note for _, table, which in (*had, *told) for note in explained(table, which)]
    of_items = [*(metadata.of_items(which) for _, _, which in told),
                *(metadata.beside(which, "item") for _, _, which in had)]  # fmt: skip
    of_users = [metadata.beside(which, "user") for _, _, which in had]
    return Read(_joined(lines, interaction_table.COLUMNS), _joined(items, item_table.COLUMNS), counted, aside, notes,
                frozenset(found.part for found, _, _ in had), metadata.joined_up(of_users),
                metadata.joined_up(of_items))  # fmt: skip


def understand(found: SourceFile, asked: Mapping[str, str]) -> tuple[Table, Roles]:
    """Raises InputError where it is no table of either kind."""
    table = tables.read(found.path, PurePosixPath(found.name).name, asked, most=limits.lines(MOST_LINES))
    which = columns.find(table, asked)
    columns.require(table.name, which)
    return table, which


def explained(table: Table, which: Roles) -> list[dict[str, Any]]:
    """How it was read, and why each column is taken for what it is: messages and their arguments."""
    return tables_columns.explain(table, *which.found.values(), *which.differing)


def _which_say_most(
    had: Sequence[tuple[SourceFile, Table, Roles]],
) -> tuple[list[tuple[SourceFile, Table, Roles]], list[SourceFile]]:
    """Of an archive with ratings, what does not rate is about something else: the tags of MovieLens, for one."""
    rating = [one for one in had if "value" in one[2].found]
    lesser = [one for one in had if rating and "value" not in one[2].found and not one[0].beside]
    return [one for one in had if one not in lesser], [found for found, _, _ in lesser]


def _about_these(
    told: Sequence[tuple[SourceFile, Table, Roles]], lines: Sequence[pd.DataFrame]
) -> tuple[list[tuple[SourceFile, Table, Roles]], list[SourceFile]]:
    """Of an archive, what describes nothing that anybody had is something else: a README with commas in it, for one."""
    had = {item for frame in lines for item in frame["item"]}

    def foreign(found: SourceFile, which: Roles) -> bool:
        column = which.found["id"].column
        return bool(had) and not found.beside and had.isdisjoint(which.records.column(column))

    others = [found for found, _, which in told if foreign(found, which)]
    return [one for one in told if one[0] not in others], others


def _joined(some: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    whole = [one for one in some if len(one)]
    return pd.concat(whole, ignore_index=True) if whole else pd.DataFrame({name: [] for name in names}, dtype="str")
