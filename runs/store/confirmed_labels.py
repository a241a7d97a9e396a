"""Labels that a person looked at and found right, so that nobody is asked about them again."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, delete, insert, select

from runs.store.database import engine
from runs.store.tables import confirmed_labels


def add(owner: str, dataset: str, labels: Mapping[int, str]) -> None:
    """Sample → the label that it has and keeps; what was confirmed of these samples before is replaced."""
    common = dict(owner=owner, dataset=dataset, created=time.time())
    rows = [{**common, "sample": int(sample), "label": label} for sample, label in labels.items()]
    if not rows:
        return
    with engine().begin() as db:
        db.execute(delete(confirmed_labels).where(_of(owner, dataset), _among(labels)))
        db.execute(insert(confirmed_labels), rows)


def revoke(owner: str, dataset: str, samples: Collection[int]) -> None:
    with engine().begin() as db:
        db.execute(delete(confirmed_labels).where(_of(owner, dataset), _among(samples)))


def current(owner: str, dataset: str) -> dict[int, str]:
    """Sample → the label that was confirmed; it counts only while the sample has that label."""
    wanted = select(confirmed_labels.c.sample, confirmed_labels.c.label).where(_of(owner, dataset))
    with engine().connect() as db:
        return {row.sample: row.label for row in db.execute(wanted)}


def copy(owner: str, source: str, target: str) -> None:
    """What was confirmed in one version goes for the next, whose first samples are the same."""
    add(owner, target, current(owner, source))


def _of(owner: str, dataset: str) -> ColumnElement[bool]:
    return (confirmed_labels.c.owner == owner) & (confirmed_labels.c.dataset == dataset)


def _among(samples: Collection[int]) -> ColumnElement[bool]:
    return confirmed_labels.c.sample.in_([int(sample) for sample in samples])
