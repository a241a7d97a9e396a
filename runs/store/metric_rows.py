"""Curves of one run that another one takes over."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from runs.store.database import engine, insisting, metrics

CURVES = ("train", "validation", "epoch", "probes")  # splits that a training writes; "machine" is its process's


@insisting
def copy_curves(source: str, target: str) -> None:
    """Put the curves of `source` in the place of those of `target`."""
    rows = select(metrics).where(metrics.c.run == source, metrics.c.split.in_(CURVES)).order_by(metrics.c.written)
    with engine().begin() as db:
        found = [dict(row._mapping) for row in db.execute(rows)]
        db.execute(delete(metrics).where(metrics.c.run == target, metrics.c.split.in_(CURVES)))
        if found:
            db.execute(insert(metrics), [{**row, "run": target} for row in found])
