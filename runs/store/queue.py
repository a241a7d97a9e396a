"""The run row is the queue: claiming, the heartbeat, and every change of state. For agents and runs only."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil
from sqlalchemy import Connection, Select, func, select, update

from runs.kinds import KINDS, in_lane
from runs.store import deaths, lifecycle, notices, turns
from runs.store.database import engine, insisting
from runs.store.deaths import Death
from runs.store.records import STARTING, Run, as_run
from runs.store.tables import DISCARD, QUEUED, RUNNING, runs

MOST_ATTEMPTS = 3
UNKNOWN = 30.0  # seconds for which a run may have no process that is known: its agent was gone before it told of one
STALE = 60.0  # seconds without a heartbeat after which a run of another host counts as dead
_NO_PROCESS = {"pid": None, "pid_started": None, "phase": STARTING}


def claim(kinds: list[str], slot: int) -> Run | None:
    """Take the run of these kinds whose turn it is; one statement, so that no two agents take the same."""
    with engine().begin() as db:
        next_one = _free(turns.first(db, kinds)).scalar_subquery()
        taking = update(runs).where(runs.c.id == next_one, runs.c.status == "queued")
        return _take(db, taking, slot=slot, **_NO_PROCESS)


def claim_placed(kinds: list[str], place: Callable[[Run], int | None]) -> Run | None:
    """Take the run whose turn it is, if there is a slot for it; one that has to wait keeps its turn, and none goes
    before it.

    Args:
        place: the slot of a run; None: it has to wait. Asked within a transaction, so it must not take long.
    """
    with engine().begin() as db:
        first = turns.first(db, kinds)
        if _placed(db, first, place) is None:  # not locked: else another agent would pass over it
            return None
        if (found := _placed(db, _free(first), place)) is None:
            return None
        taking = update(runs).where(runs.c.id == found[0], runs.c.status == "queued")
        return _take(db, taking, slot=found[1], **_NO_PROCESS)


def _free(first: Select) -> Select:
    """Locked for this transaction; past what others are about to take."""
    return first.with_for_update(skip_locked=True, of=runs)


def _placed(db: Connection, first: Select, place: Callable[[Run], int | None]) -> tuple[str, int] | None:
    """The run and its slot; None where there is no run, or none for it."""
    identity = db.execute(first).scalar()
    row = db.execute(select(runs).where(runs.c.id == identity)).first() if identity else None
    slot = place(as_run(row)) if row else None
    return None if row is None or slot is None else (row.id, slot)


def claim_for_cluster(kinds: list[str]) -> Run | None:
    """The same for a run that is submitted to the Ray cluster, which finds room for it."""
    with engine().begin() as db:
        next_one = _free(turns.first(db, kinds, cluster=True)).scalar_subquery()
        taking = update(runs).where(runs.c.id == next_one, runs.c.status == "queued")
        return _take(db, taking, slot=None, **_NO_PROCESS)


def claim_here(identity: str, after: Death | None = None) -> Run:
    """Take one run for the present process, past the queue.

    Args:
        after: why the attempt before this one came to no end, where there was one.
    """
    with engine().begin() as db:
        if after is not None:
            deaths.note(db, identity, after)
        claimed = _take(db, update(runs).where(runs.c.id == identity), slot=0, **_this_process())
    if claimed is None:
        raise LookupError(f"There is no run {identity!r}.")
    return claimed


def _take(db: Connection, taking: Any, **values: Any) -> Run | None:
    now = time.time()
    taking = taking.values(
        status="running",
        host=socket.gethostname(),
        attempt=runs.c.attempt + 1,
        beat=now,
        started=func.coalesce(runs.c.started, now),
        **values,
    )
    row = db.execute(taking.returning(runs)).first()
    return as_run(row) if row else None


def _this_process(pid: int | None = None) -> dict[str, Any]:
    process = psutil.Process(pid)
    return {"pid": process.pid, "pid_started": process.create_time()}


def started(identity: str, pid: int) -> None:
    """Its agent says which process is starting for a run: on a busy machine it takes long until that signs in."""
    with suppress(psutil.NoSuchProcess):  # it has ended already
        unknown = (runs.c.id == identity) & (runs.c.status == "running") & runs.c.pid.is_(None)
        saying = update(runs).where(unknown).values(beat=time.time(), **_this_process(pid))
        with engine().begin() as db:
            db.execute(saying)


@insisting
def sign_in(identity: str, pid: int | None = None) -> Run:
    """A run's process says which it is, and that it has started.

    Args:
        pid: of the process that the run ends with, where it is not this one.
    """
    with engine().begin() as db:
        saying = update(runs).where(runs.c.id == identity).values(beat=time.time(), phase=None, **_this_process(pid))
        return as_run(db.execute(saying.returning(runs)).one())


@insisting
def beat(identity: str, **values: Any) -> str | None:
    """Still alive; `values` are columns to store with it. Returns a person's wish to stop."""
    saying = update(runs).where(runs.c.id == identity).values(beat=time.time(), **values)
    with engine().begin() as db:
        row = db.execute(saying.returning(runs.c.stop)).first()
    return row.stop if row else "discard"


def run(identity: str) -> Run:
    """The run that this process was started for, where another signs in for it."""
    with engine().connect() as db:
        return as_run(db.execute(select(runs).where(runs.c.id == identity)).one())


def processes(identity: str) -> int:
    """How many are to train a run."""
    with engine().connect() as db:
        return db.execute(select(runs.c.processes).where(runs.c.id == identity)).scalar() or 1


def shared_its_card(one: Run) -> bool:
    """Whether another training had the same slot of the same host while the process of this one lived."""
    same = runs.c.host.is_not(None) & (runs.c.host == one.host) & (runs.c.slot == one.slot) & runs.c.parent.is_(None)
    same &= runs.c.kind.in_(in_lane("training")) & (runs.c.id != one.id)
    at_work = (runs.c.status == "running") | (runs.c.ended > one.pid_started)
    with engine().connect() as db:
        return db.execute(select(runs.c.id).where(same, at_work).limit(1)).first() is not None


def facts(identity: str) -> dict[str, Any]:
    """What a run has found out until now."""
    with engine().connect() as db:
        return db.execute(select(runs.c.facts).where(runs.c.id == identity)).scalar() or {}


@insisting
def end(identity: str, status: str, **values: Any) -> None:
    """Done, failed or stopped, unless someone else has ended the run meanwhile; what it began is over with it, and of a
    training that a person began its owner is told."""
    running, now = runs.c.status == "running", time.time()
    ending = update(runs).where(runs.c.id == identity, running).values(status=status, ended=now, **values)
    with engine().begin() as db:
        ended = db.execute(ending.returning(runs.c.owner, runs.c.kind, runs.c.parent)).first()
        if ended is None:
            return
        begun = (runs.c.parent == identity) & runs.c.status.in_(("queued", "running"))
        db.execute(update(runs).where(begun).values(status="stopped", ended=now))
        if KINDS[ended.kind].trains and ended.parent is None:
            notices.add(db, ended.owner, identity, notices.kind_of(status, values.get("error")))


@insisting
def keep_result(subject: str, status: str, **values: Any) -> None:
    """What a run came to that has ended with this status, unless it goes on meanwhile."""
    with engine().begin() as db:
        db.execute(update(runs).where(runs.c.id == subject, runs.c.status == status).values(**values))


def stop(identity: str) -> None:
    """The host's wish; to whom the run belongs does not matter."""
    with engine().connect() as db:
        owner = db.execute(select(runs.c.owner).where(runs.c.id == identity)).scalar()
    if owner is not None:
        lifecycle.ask_to_stop(identity, owner)


def running(host: str | None = None) -> list[Run]:
    """Those of one host, or of all, without what they began themselves."""
    wanted = select(runs).where(runs.c.status == RUNNING, runs.c.parent.is_(None))
    with engine().connect() as db:
        return [as_run(row) for row in db.execute(wanted.where(runs.c.host == host) if host else wanted)]


def silent() -> list[Run]:
    """Those of all hosts of which nothing was heard for long, without what they began themselves."""
    wanted = select(runs).where(runs.c.status == RUNNING, runs.c.parent.is_(None))
    with engine().connect() as db:
        long = func.coalesce(runs.c.beat, 0.0) < time.time() - STALE
        return [as_run(row) for row in db.execute(wanted.where(long))]


def discarded() -> list[Run]:
    wanted = select(runs).where(runs.c.stop == DISCARD, runs.c.status.not_in(("running", "queued")))
    with engine().connect() as db:
        return [as_run(row) for row in db.execute(wanted)]


def waiting() -> set[str]:
    """The kinds of the runs that wait; each is looked up once, however many runs of it wait."""
    queued = (runs.c.status == QUEUED) & runs.c.parent.is_(None)
    found = select(func.min(runs.c.kind).label("kind")).where(queued).cte("found", recursive=True)
    later = select(func.min(runs.c.kind)).where(queued, runs.c.kind > found.c.kind).scalar_subquery()
    found = found.union_all(select(later).where(found.c.kind.is_not(None)))
    with engine().connect() as db:
        return set(db.execute(select(found.c.kind).where(found.c.kind.is_not(None))).scalars())


def died(one: Run, death: Death = deaths.UNSEEN) -> None:
    """A run's process is gone and the run has not ended: take it up again, at most three times in all."""
    if one.stop:
        return end(one.id, "stopped")
    if one.attempt >= MOST_ATTEMPTS:
        deaths.tell(one, death, again=False)
        return end(one.id, "failed", error=deaths.error(death, one.attempt))
    again = update(runs).where(runs.c.id == one.id, runs.c.status == "running", runs.c.attempt == one.attempt)
    with engine().begin() as db:
        if not db.execute(again.values(status="queued", pid=None)).rowcount:
            return
        deaths.note(db, one.id, death)
    deaths.tell(one, death, again=True)


def alive(one: Run) -> bool:
    """Whether the process that was started for this run still lives; a pid alone may have a new bearer."""
    if one.pid is None or one.pid_started is None:
        return one.silence < UNKNOWN
    try:
        process = psutil.Process(one.pid)
        return abs(process.create_time() - one.pid_started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
