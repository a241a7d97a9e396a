"""Labels mended and samples left out: rows laid over a data set, whose files never change."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from runs.database import edits, engine


@dataclass(frozen=True)
class Edit:
    id: int
    sample: int
    label: str | None


def add(owner: str, dataset: str, sample: int, label: str | None) -> None:
    """From now on the sample has this label; None: it is left out."""
    row = dict(owner=owner, dataset=dataset, sample=sample, label=label, created=time.time())
    with engine().begin() as db:
        db.execute(insert(edits).values(row))


def history(owner: str, dataset: str) -> list[Edit]:
    """Every edit that was not undone, oldest first."""
    wanted = select(edits.c.id, edits.c.sample, edits.c.label).where(_of(owner, dataset)).order_by(edits.c.id)
    with engine().connect() as db:
        return [Edit(**row._mapping) for row in db.execute(wanted)]


def current(owner: str, dataset: str) -> dict[int, str | None]:
    """Sample → its label now, or None where it is left out."""
    return {edit.sample: edit.label for edit in history(owner, dataset)}


def undo(owner: str, dataset: str) -> None:
    """Take the newest edit back."""
    newest = select(func.max(edits.c.id)).where(_of(owner, dataset)).scalar_subquery()
    with engine().begin() as db:
        db.execute(delete(edits).where(_of(owner, dataset), edits.c.id == newest))


def undo_all(owner: str, dataset: str) -> None:
    with engine().begin() as db:
        db.execute(delete(edits).where(_of(owner, dataset)))


def _of(owner: str, dataset: str):  # noqa: ANN202
    return (edits.c.owner == owner) & (edits.c.dataset == dataset)
