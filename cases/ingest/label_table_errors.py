"""Why a line of a table of files is of no use, and why a whole table is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.ingest.tables.table import Table
from models.errors import N_, InputError


def why_useless(name: str, rows: list[int], label: str, said: Mapping[int, tuple[Any, ...]]) -> str | None:
    """Return why the line cannot label a file, as a message id, or None; `rows` are the files that `name` fits."""
    if not name:
        return N_("No file name.")
    if not rows:
        return N_("Names a missing or skipped file.")
    if len(rows) > 1:
        return N_("Matches several files; add the folder to the name.")
    if not label:
        return N_("No class.")
    if rows[0] in said:
        same = said[rows[0]][0] == label
        return (
            N_("An earlier line names the same file.") if same else N_("An earlier line gives the file another class.")
        )
    return None


def names_nothing(table: Table) -> InputError:
    return InputError(
        found=N_("No column of the table “{table}” names your files."),
        expected=N_("A table needs one line per file, with its name and class."),
        remedy=N_("Check the names, and upload the table together with its files."),
        table=table.name,
    )


def no_classes(table: Table) -> InputError:
    return InputError(
        found=N_("The table “{table}” names your files but has no class column."),
        expected=N_("A table needs one line per file, with its name and class."),
        remedy=N_("Add a column named “label”."),
        table=table.name,
    )
