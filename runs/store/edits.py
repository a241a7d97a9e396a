"""Labels mended and samples left out: rows laid over a data set, whose files never change."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, select

from cases import class_renames
from cases.dataset import Dataset
from cases.labels import plain
from runs.store.database import engine
from runs.store.tables import edits


@dataclass(frozen=True)
class Edit:
    """`created` is the same for all that were made at one stroke, and undone so."""

    id: int
    sample: int
    label: str | None
    created: float


def add(owner: str, dataset: str, sample: int, label: str | None) -> None:
    """From now on the sample has this label; None: it is left out."""
    add_all(owner, dataset, {sample: label})


def add_all(owner: str, dataset: str, changes: Mapping[int, str | None]) -> None:
    """Sample → label, at one stroke; what is so already is left out, for a busy page may say the same thing twice."""
    common = dict(owner=owner, dataset=dataset, created=time.time())
    asked = {int(sample): label if label is None else plain(label) or label for sample, label in changes.items()}
    now = current(owner, dataset)
    rows = [{**common, "sample": sample, "label": label}
            for sample, label in asked.items() if sample not in now or now[sample] != label]  # fmt: skip
    if rows:
        with engine().begin() as db:
            db.execute(insert(edits), rows)


def copy(owner: str, source: Dataset, target: Dataset) -> None:
    """What was changed in one version goes for the next, whose first samples are the same; strokes stay strokes."""
    common, classes = dict(owner=owner, dataset=target.digest), (source.classes_as_read, target.classes_as_read)
    rows = [{**common, "sample": number, "label": label, "created": one.created}
            for one in history(owner, source.digest)
            for number, label in class_renames.carried({one.sample: one.label}, *classes).items()]  # fmt: skip
    if rows:
        with engine().begin() as db:
            db.execute(insert(edits), rows)


def history(owner: str, dataset: str) -> list[Edit]:
    """Every edit that was not undone, oldest first."""
    wanted = (
        select(edits.c.id, edits.c.sample, edits.c.label, edits.c.created)
        .where(_of(owner, dataset))
        .order_by(edits.c.id)
    )
    with engine().connect() as db:
        return [Edit(**row._mapping) for row in db.execute(wanted)]


def current(owner: str, dataset: str) -> dict[int, str | None]:
    """Sample → its label now, or None where it is left out."""
    return {edit.sample: edit.label for edit in history(owner, dataset)}


def undo(owner: str, dataset: str) -> None:
    """Take the newest stroke back, also where it was many edits."""
    newest = select(edits.c.created).where(_of(owner, dataset)).order_by(edits.c.id.desc()).limit(1).scalar_subquery()
    with engine().begin() as db:
        db.execute(delete(edits).where(_of(owner, dataset), edits.c.created == newest))


def undo_all(owner: str, dataset: str) -> None:
    with engine().begin() as db:
        db.execute(delete(edits).where(_of(owner, dataset)))


def _of(owner: str, dataset: str) -> ColumnElement[bool]:
    return (edits.c.owner == owner) & (edits.c.dataset == dataset)
