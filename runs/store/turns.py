"""Whose turn it is: a run the host has put first, else whoever was served least lately, else who came first.

Served is the time that runs of one lane have taken of the machines in the last day; a person who has just begun
comes before one whose runs have worked for hours, whatever stands in the queue.

Where few wait, every claim works out whose turn it is. Where many do, that would sort them all for each claim, so the
next ones are listed now and then, and claims take from the list; see `_list`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from threading import Lock

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, case, delete, func, insert, select, update

from runs.cluster import LAUNCHER
from runs.kinds import KINDS, LANES, in_lane
from runs.store.database import engine
from runs.store.objects import taken_here
from runs.store.records import Run, as_run
from runs.store.tables import QUEUED, RUNNING, runs
from runs.store.tables import turns as listed

LATELY = 24 * 3600.0  # seconds
MANY = 1000  # runs of a lane that wait; from there on the next ones are listed
LISTED = 1000  # runs of one list, of which half are taken from it: each claim passes over those that are taken already
FRESH, SHARE = 1.0, 0.2  # a list holds for so many seconds, longer where making it would take more than this share
_places: dict[str, tuple[float, dict[str, int]]] = {}  # lane → until when they hold, and how many come before each
_looking = Lock()
_RECENT = 20  # runs by which the length of the next is guessed


@dataclass(frozen=True)
class Turn:
    """`before`: how many runs are worked off first, those at work included. `seconds`: until it begins, by how long
    runs took lately; None where none has ended yet."""

    before: int
    seconds: float | None


def first(db: Connection, kinds: Sequence[str], *, cluster: bool = False) -> Select:
    """The id of the run whose turn it is, for statements of the same transaction.

    Args:
        cluster: among those that the Ray cluster does; they have a queue of their own.
    """
    lane = KINDS[kinds[0]].lane
    if not cluster and list(kinds) == in_lane(lane) and _is_listed(db, lane):
        wanted = select(runs.c.id).join(listed, listed.c.run == runs.c.id).where(listed.c.lane == lane)
        wanted = wanted.where(runs.c.status == QUEUED, *_of(kinds), *taken_here()).order_by(listed.c.place)
    else:
        served = _served(kinds, time.time(), cluster=cluster)
        wanted = select(runs.c.id).outerjoin(served, served.c.owner == runs.c.owner)
        fitting = [*_of(kinds, cluster=cluster), *taken_here()]
        wanted = wanted.where(runs.c.status == QUEUED, *fitting).order_by(*_order(served))
    return wanted.limit(1)


def _is_listed(db: Connection, lane: str) -> bool:
    """Whether the next runs of a lane are in a list, which is made or renewed where it is time."""
    next_one = db.execute(_next(lane)).first()
    if next_one is None and not _many(db, lane):
        if db.execute(select(listed.c.run).where(listed.c.lane == lane).limit(1)).first():
            db.execute(delete(listed).where(listed.c.lane == lane))  # no claim need look through it again
        return False
    if _holds(next_one) or not _alone(db, lane, wait=next_one is None):
        return True
    return _holds(db.execute(_next(lane)).first()) or _list(db, lane)  # another may have made it meanwhile


def _next(lane: str) -> Select:
    """The place of the first of the list that still waits, and when the list is to be renewed."""
    wanted = select(listed.c.place, listed.c.stale).join(runs, runs.c.id == listed.c.run)
    return wanted.where(listed.c.lane == lane, runs.c.status == QUEUED).order_by(listed.c.place).limit(1)


def _holds(next_one: Row | None) -> bool:
    """Whether a list needs no renewal; that begins while others can still take from it."""
    return next_one is not None and next_one.stale > time.time() and next_one.place < max(1, LISTED // 2)


def _many(db: Connection, lane: str) -> bool:
    some = select(runs.c.id).where(runs.c.status == QUEUED, *_of(in_lane(lane))).limit(MANY).subquery()
    return db.execute(select(func.count()).select_from(some)).scalar_one() >= MANY


def _alone(db: Connection, lane: str, *, wait: bool) -> bool:
    """Whether no other makes the list of this lane at the same time. SQLite has one host, whose agent is alone."""
    if db.dialect.name != "postgresql":
        return True
    lock = func.hashtext(f"turns {lane}")
    if wait:
        db.execute(select(func.pg_advisory_xact_lock(lock)))
        return True
    return bool(db.execute(select(func.pg_try_advisory_xact_lock(lock))).scalar())


def _list(db: Connection, lane: str) -> bool:
    """Write down which runs begin next, each counted as served to its owner; nothing where few wait."""
    begun = time.time()
    found: Sequence[str] = []
    if _many(db, lane):
        length = _usual(list(db.execute(_lengths(in_lane(lane))).scalars()))
        line = _line(in_lane(lane), length)
        found = list(db.execute(select(line.c.id).order_by(line.c.place).limit(LISTED)).scalars())
    now = time.time()
    stale = now + max(FRESH, (now - begun) / SHARE)
    db.execute(delete(listed).where(listed.c.lane == lane))
    if found:
        db.execute(insert(listed), [dict(lane=lane, place=n, run=one, stale=stale) for n, one in enumerate(found)])
    return bool(found)


def of(one: Run, slots: int = 1) -> Turn:
    """When a queued run begins, where nobody comes or leaves meanwhile.

    Args:
        slots: how many runs of its lane work at once.
    """
    kinds, now = in_lane(KINDS[one.kind].lane), time.time()
    working = select(runs.c.started).where(runs.c.status == RUNNING, *_of(kinds, cluster=one.launcher == LAUNCHER))
    with engine().connect() as db:
        busy = list(db.execute(working).scalars())
        length = _usual(list(db.execute(_lengths([one.kind])).scalars()))
        ahead = _ahead(db, one, length)
    if length is None:
        return Turn(len(busy) + ahead, None)
    free = sorted([max(0.0, length - (now - started)) for started in busy] + [0.0] * max(0, slots - len(busy)))
    times, place = divmod(ahead, len(free))  # none is free later than one length from now: they come round in order
    return Turn(len(busy) + ahead, free[place] + times * length)


def _ahead(db: Connection, one: Run, length: float | None) -> int:
    """How many runs begin before this one; where many wait, as it was found for whoever asked before."""
    lane, cluster = KINDS[one.kind].lane, one.launcher == LAUNCHER
    line = _line(in_lane(lane), length, cluster=cluster)
    if cluster or not _many(db, lane):
        return db.execute(select(line.c.place).where(line.c.id == one.id)).scalar() or 0
    with _looking:  # of many pages one asks, and the others wait for its answer
        known, begun = _places.get(lane), time.time()
        if known is None or known[0] < begun or one.id not in known[1]:
            places = {row.id: row.place for row in db.execute(select(line.c.id, line.c.place))}
            now = time.time()
            _places[lane] = known = (now + max(FRESH, (now - begun) / SHARE), places)
    return known[1].get(one.id, 0)


def waiting() -> list[Run]:
    """All that wait, of every lane, in the order in which they begin as things are."""
    found = []
    for lane, cluster in [*((lane, False) for lane in LANES), ("training", True)]:
        kinds = in_lane(lane)
        served = _served(kinds, time.time(), cluster=cluster)
        wanted = select(runs).outerjoin(served, served.c.owner == runs.c.owner)
        wanted = wanted.where(runs.c.status == "queued", *_of(kinds, cluster=cluster)).order_by(*_order(served))
        with engine().connect() as db:
            found += [as_run(row) for row in db.execute(wanted)]
    return found


def move_first(identity: str) -> None:
    """The host puts a waiting run before all others; of several, the one put there last."""
    with engine().begin() as db:
        db.execute(update(runs).where(runs.c.id == identity, runs.c.status == "queued").values(moved=time.time()))
        db.execute(delete(listed))  # it does not wait until the lists are renewed


def _line(kinds: Sequence[str], length: float | None, *, cluster: bool = False) -> Subquery:
    """Those that wait and the place of each, from 0: each that begins counts as served to its owner for that long."""
    served = _served(kinds, time.time(), cluster=cluster)
    own = func.row_number().over(
        partition_by=runs.c.owner, order_by=(runs.c.moved.is_(None), runs.c.moved.desc(), runs.c.created)
    )
    seconds = func.coalesce(served.c.seconds, 0.0)
    then = (seconds + (own - 1) * (length or 1.0)).label("then")
    each = select(runs.c.id, runs.c.moved, runs.c.created, seconds.label("seconds"), then)
    each = each.outerjoin(served, served.c.owner == runs.c.owner)
    one = each.where(runs.c.status == QUEUED, *_of(kinds, cluster=cluster)).subquery()
    order = (one.c.moved.is_(None), one.c.moved.desc(), one.c.then, one.c.seconds, one.c.created)
    return select(one.c.id, (func.row_number().over(order_by=order) - 1).label("place")).subquery()


def _served(kinds: Sequence[str], now: float, *, cluster: bool) -> Subquery:
    """Owner → seconds that their runs of these kinds took in the last day."""
    since = now - LATELY
    began = case((runs.c.started > since, runs.c.started), else_=since)
    seconds = func.sum(func.coalesce(runs.c.ended, now) - began).label("seconds")
    lately = (runs.c.ended > since) | (runs.c.status == RUNNING)
    counted = runs.c.started.is_not(None) & (runs.c.status != QUEUED)
    served = select(runs.c.owner, seconds).where(lately, counted, *_of(kinds, cluster=cluster))
    return served.group_by(runs.c.owner).subquery()


def _of(kinds: Sequence[str], *, cluster: bool = False) -> list[ColumnElement]:
    """Runs of these kinds that take a turn on the hosts of agents, or on the cluster: those that others began are part
    of theirs."""
    place = runs.c.launcher == LAUNCHER if cluster else runs.c.launcher != LAUNCHER
    return [runs.c.kind.in_(kinds), runs.c.parent.is_(None), place]


def _order(served: Subquery) -> list[ColumnElement]:
    return [runs.c.moved.is_(None), runs.c.moved.desc(), func.coalesce(served.c.seconds, 0.0), runs.c.created]


def _lengths(kinds: Sequence[str]) -> Select:
    took = runs.c.ended - runs.c.started
    ended = runs.c.ended.is_not(None) & runs.c.started.is_not(None) & (runs.c.status == "done")
    return select(took).where(ended, *_of(kinds)).order_by(runs.c.ended.desc()).limit(_RECENT)


def _usual(lengths: Sequence[float]) -> float | None:
    return median(lengths) if lengths else None
