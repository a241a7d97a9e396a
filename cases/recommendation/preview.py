"""How tables will be understood: the first lines, and the columns as they are guessed or were chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cases import tables
from cases.base import Part
from cases.gathering import Found, gather
from cases.previews import Preview, seen
from cases.recommendation import roles
from cases.recommendation.reading import MOST_LINES, WANTED, explained
from models.errors import InputError
from models.report import Report


def preview(parts: Sequence[Part], folder: Path, asked: Mapping[str, str], report: Report) -> list[Preview]:
    """See `Case.preview`; a table in an archive that says nothing of use is not shown."""
    gathered = gather(parts, folder, WANTED, report)
    shown = [(found, _of(found, asked)) for found in gathered.tables]
    return [one for found, one in shown if found.beside or one.error is None]


def _of(found: Found, asked: Mapping[str, str]) -> Preview:
    try:
        table = tables.read(found.path, PurePosixPath(found.name).name, most=MOST_LINES)
    except InputError as error:
        return Preview(found.name, error=error.as_json())
    which = roles.find(table, asked)
    held = {choice.column: role for role, choice in which.found.items() if role != "part"}
    shown = seen(table.name, which.records, which.headings, held, explained(table, which))
    try:
        roles.require(table.name, which)
    except InputError as error:
        return replace(shown, error=error.as_json())
    return shown
