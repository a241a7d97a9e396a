"""Whose turn it is: a run the host has put first, else whoever was served least lately, else who came first.

Served is the time that runs of one lane have taken of the machines in the last day; a person who has just begun
comes before one whose runs have worked for hours, whatever stands in the queue.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select, update

from runs.kinds import KINDS, LANES, in_lane
from runs.store.database import engine, runs
from runs.store.records import Run, as_run

LATELY = 24 * 3600.0  # seconds
_RECENT = 20  # runs by which the length of the next is guessed


@dataclass(frozen=True)
class Turn:
    """`before`: how many runs are worked off first, those at work included. `seconds`: until it begins, by how long
    runs took lately; None where none has ended yet."""

    before: int
    seconds: float | None


def first(kinds: Sequence[str]) -> Select:
    """The id of the run whose turn it is, for a statement that takes it."""
    served = _served(kinds, time.time())
    wanted = select(runs.c.id).outerjoin(served, served.c.owner == runs.c.owner)
    return (
        wanted.where(runs.c.status == "queued", *_of(kinds))
        .order_by(*_order(served))
        .limit(1)
        .with_for_update(skip_locked=True, of=runs)
    )


def of(one: Run, slots: int = 1) -> Turn:
    """When a queued run begins, where nobody comes or leaves meanwhile.

    Args:
        slots: how many runs of its lane work at once.
    """
    kinds, now = in_lane(KINDS[one.kind].lane), time.time()
    served = _served(kinds, now)
    waiting = select(runs.c.id, runs.c.owner, runs.c.moved, func.coalesce(served.c.seconds, 0.0).label("served"))
    waiting = waiting.outerjoin(served, served.c.owner == runs.c.owner)
    working = select(runs.c.owner, runs.c.started).where(runs.c.status == "running", *_of(kinds))
    with engine().connect() as db:
        queue = list(db.execute(waiting.where(runs.c.status == "queued", *_of(kinds))
                                .order_by(*_order(served))))  # fmt: skip
        busy = list(db.execute(working))
        length = _usual(list(db.execute(_lengths(one.kind)).scalars()))
    ahead = _ahead(queue, one.id, length or 0.0)
    if length is None:
        return Turn(len(busy) + ahead, None)
    free = sorted([max(0.0, length - (now - row.started)) for row in busy] + [0.0] * max(0, slots - len(busy)))
    for _ in range(ahead):
        free = sorted([*free[1:], free[0] + length])
    return Turn(len(busy) + ahead, free[0])


def waiting() -> list[Run]:
    """All that wait, of every lane, in the order in which they begin as things are."""
    found = []
    for lane in LANES:
        kinds = in_lane(lane)
        served = _served(kinds, time.time())
        wanted = select(runs).outerjoin(served, served.c.owner == runs.c.owner)
        wanted = wanted.where(runs.c.status == "queued", *_of(kinds)).order_by(*_order(served))
        with engine().connect() as db:
            found += [as_run(row) for row in db.execute(wanted)]
    return found


def move_first(identity: str) -> None:
    """The host puts a waiting run before all others; of several, the one put there last."""
    with engine().begin() as db:
        db.execute(update(runs).where(runs.c.id == identity, runs.c.status == "queued").values(moved=time.time()))


def _ahead(queue: Sequence, identity: str, length: float) -> int:
    """How many of the queue begin before this one: each that begins counts as served to its owner."""
    left, served = list(queue), defaultdict[str, float](float)
    for place in range(len(queue)):
        chosen = min(left, key=lambda row: (-(row.moved or 0.0), row.served + served[row.owner], queue.index(row)))
        if chosen.id == identity:
            return place
        served[chosen.owner] += length or 1.0
        left.remove(chosen)
    return 0


def _served(kinds: Sequence[str], now: float) -> Subquery:
    """Owner → seconds that their runs of these kinds took in the last day."""
    since = now - LATELY
    began = case((runs.c.started > since, runs.c.started), else_=since)
    seconds = func.sum(func.coalesce(runs.c.ended, now) - began).label("seconds")
    lately = runs.c.started.is_not(None) & (func.coalesce(runs.c.ended, now) > since) & (runs.c.status != "queued")
    return select(runs.c.owner, seconds).where(lately, *_of(kinds)).group_by(runs.c.owner).subquery()


def _of(kinds: Sequence[str]) -> list[ColumnElement]:
    """Runs of these kinds that take a turn: those that others began are part of theirs."""
    return [runs.c.kind.in_(kinds), runs.c.parent.is_(None)]


def _order(served: Subquery) -> list[ColumnElement]:
    return [runs.c.moved.is_(None), runs.c.moved.desc(), func.coalesce(served.c.seconds, 0.0), runs.c.created]


def _lengths(kind: str) -> Select:
    took = runs.c.ended - runs.c.started
    ended = runs.c.ended.is_not(None) & runs.c.started.is_not(None) & (runs.c.status == "done")
    return select(took).where(ended, *_of([kind])).order_by(runs.c.ended.desc()).limit(_RECENT)


def _usual(lengths: Sequence[float]) -> float | None:
    return median(lengths) if lengths else None
