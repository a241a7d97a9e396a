"""A backup as a piece of work that an agent does, asked for by a host; `runs.jobs.backup` does it."""

from __future__ import annotations

from sqlalchemy import select

from runs.backup.rows import BACKUP
from runs.identity.people import Person
from runs.store import lifecycle, records
from runs.store.database import engine
from runs.store.records import Run, as_run
from runs.store.tables import runs

AHEAD = ("queued", "running")


def begin(host: Person) -> None:
    """Queue one, unless one waits or is being made; what earlier ones had to say is forgotten."""
    before = _all()
    if any(run.status in AHEAD for run in before):
        return
    for run in before:
        lifecycle.forget(run.id)
    records.create_run(host.id, BACKUP, "", "")


def latest() -> Run | None:
    """The newest, whichever host asked for it, whatever has become of it."""
    return next(iter(_all()), None)


def _all() -> list[Run]:
    wanted = select(runs).where(runs.c.kind == BACKUP).order_by(runs.c.created.desc())
    with engine().connect() as db:
        return [as_run(row) for row in db.execute(wanted)]
