"""Points of the curves of runs: written while a run works, read while it is watched and afterwards."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from runs.store.database import engine, insisting
from runs.store.records import Run
from runs.store.tables import metrics

CURVES = ("train", "validation", "epoch", "probes")  # splits of metrics that a training writes


@insisting
def add(rows: list[dict[str, Any]]) -> None:
    """Upsert: a resumed run writes the steps after its checkpoint once more."""
    dialect = postgresql if engine().dialect.name == "postgresql" else sqlite
    adding = dialect.insert(metrics)
    fresh = {name: adding.excluded[name] for name in ("written", "values")}
    with engine().begin() as db:
        db.execute(adding.on_conflict_do_update(index_elements=["run", "split", "step"], set_=fresh), rows)


@insisting
def copy_curves(source: str, target: str) -> None:
    """Put the curves of one run in the place of those of another."""
    wanted = select(metrics).where(metrics.c.run == source, metrics.c.split.in_(CURVES)).order_by(metrics.c.written)
    with engine().begin() as db:
        found = [dict(row._mapping) for row in db.execute(wanted)]
        db.execute(delete(metrics).where(metrics.c.run == target, metrics.c.split.in_(CURVES)))
        if found:
            db.execute(insert(metrics), [{**row, "run": target} for row in found])


def last_written(identity: str) -> int:
    with engine().connect() as db:
        return db.execute(select(func.max(metrics.c.written)).where(metrics.c.run == identity)).scalar() or 0


def after(one: Run, written: int, most: int = 5000) -> list[dict[str, Any]]:
    """Rows written later than `written`, oldest first. Who has the run has asked for it as its owner."""
    wanted = select(metrics).where(metrics.c.run == one.id, metrics.c.written > written)
    with engine().connect() as db:
        rows = db.execute(wanted.order_by(metrics.c.written).limit(most))
        return [dict(split=r.split, step=r.step, written=r.written, values=r._mapping["values"]) for r in rows]


def has_learnt(one: Run) -> bool:
    """Whether the curves of a run have any point."""
    curves = (metrics.c.run == one.id) & metrics.c.split.in_(("train", "validation"))
    with engine().connect() as db:
        return db.execute(select(metrics.c.run).where(curves).limit(1)).first() is not None


def most_memory(one: Run) -> float:
    """MB a run was seen to hold in any of its attempts."""
    wanted = select(metrics.c["values"]).where(metrics.c.run == one.id, metrics.c.split == "machine")
    with engine().connect() as db:
        return max((values["memory"] for (values,) in db.execute(wanted)), default=0.0)
