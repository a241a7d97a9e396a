"""A person stops, resumes and discards runs: with each go the runs that it began, and in the end the work about it."""

from __future__ import annotations

import time

from sqlalchemy import delete, select, update

from runs import paths
from runs.limits import storage
from runs.store import objects, records
from runs.store.database import engine
from runs.store.records import ENDED
from runs.store.tables import kept_settings, metrics, runs, shares


def ask_to_stop(identity: str, owner: str) -> None:
    """The best so far is kept. A run still waiting is stopped at once."""
    _wish(identity, owner, "stop")


def discard(identity: str, owner: str) -> None:
    """The run and all it made disappear; its agent removes the files once nothing works on them."""
    _wish(identity, owner, "discard")
    storage.forget(owner)


def _wish(identity: str, owner: str, wish: str) -> None:
    mine = ((runs.c.id == identity) | (runs.c.parent == identity)) & (runs.c.owner == owner)
    mine &= runs.c.status.not_in(ENDED) | (runs.c.id == identity) | (wish == "discard")  # not of children that ended
    with engine().begin() as db:
        db.execute(update(runs).where(mine).values(stop=wish, stop_asked=time.time()))
        waiting = update(runs).where(mine, runs.c.status == "queued").values(status="stopped", ended=time.time())
        if db.execute(waiting).rowcount:  # what it had begun before waits with it
            begun = (runs.c.parent == identity) & runs.c.status.not_in(ENDED)
            db.execute(update(runs).where(begun).values(status="stopped", ended=time.time()))


def resume(identity: str, owner: str) -> None:
    """Queue a stopped or failed run again; it goes on from its last complete checkpoint. What another run began goes on
    with that one only."""
    if (keeping := records.latest("keep", identity, owner)) and not keeping.ended_already:
        ask_to_stop(keeping.id, owner)
    mine = (runs.c.id == identity) & (runs.c.owner == owner) & runs.c.parent.is_(None)
    mine &= runs.c.status.in_(("stopped", "failed"))
    fresh = dict(status="queued", stop=None, stop_asked=None, error=None, result=None, ended=None, attempt=0)
    fresh |= {"decision": None}  # it was chosen for other weights
    with engine().begin() as db:
        if db.execute(update(runs).where(mine).values(**fresh)).rowcount:  # what it had begun goes on with it
            begun = (runs.c.parent == identity) & (runs.c.owner == owner) & (runs.c.stop == "stop")
            db.execute(update(runs).where(begun).values(stop=None, stop_asked=None, attempt=0))


def hanging_on(identity: str) -> list[str]:
    """The ids of the runs that this one began, and of the work about it and about them."""
    begun = select(runs.c.id).where(runs.c.parent == identity)
    with engine().connect() as db:
        wanted = (runs.c.parent == identity) | (runs.c.subject == identity) | runs.c.subject.in_(begun)
        return list(db.execute(select(runs.c.id).where(wanted)).scalars())


def forget(identity: str) -> None:
    """Remove a discarded run, its metrics, its files, the runs it began and the work that hung on any of them."""
    gone = [identity, *hanging_on(identity)]
    with engine().begin() as db:
        for column in (metrics.c.run, shares.c.run, kept_settings.c.subject, runs.c.id):
            db.execute(delete(column.table).where(column.in_(gone)))
    objects.forget(map(objects.of_run, gone))
    for one in gone:
        paths.forget_run(one)
