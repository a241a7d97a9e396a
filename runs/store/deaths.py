"""How the process of a run can end before the run does: told with the run, and counted over all runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.errors import N_
from runs.store.database import engine
from runs.store.records import Run
from runs.store.tables import restarts, runs

MEMORY, KILLED, CRASHED, SILENT, GONE = "memory", "killed", "crashed", "host_silent", "gone"
AGAIN = {  # what stands with the run that is started again
    MEMORY: N_("Attempt {n} ended because memory ran out; the next one starts with smaller batches."),
    KILLED: N_("The process of attempt {n} was killed from outside ({how}); the next one resumes."),
    CRASHED: N_("The process of attempt {n} ended unexpectedly ({how}); the next one resumes."),
    SILENT: N_("The host of attempt {n} ({how}) no longer answered; the next one resumes."),
    GONE: N_("The process of attempt {n} was gone when its agent returned; the next one resumes."),
}
LAST = {  # and with the one that is given up
    MEMORY: N_("memory ran out"),
    KILLED: N_("its process was killed from outside"),
    CRASHED: N_("its process ended unexpectedly"),
    SILENT: N_("its host no longer answered"),
    GONE: N_("its process was gone when its agent returned"),
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Death:
    """`reason`: a key of `AGAIN`. `how`: the signal, the exit status or the host, where the reason has one."""

    reason: str
    how: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.how}" if self.how else self.reason


UNSEEN = Death(GONE)


def note(db: Connection, identity: str, death: Death) -> None:
    """Tell with the run why it is started again, and count it."""
    row = db.execute(select(runs.c.notes, runs.c.attempt).where(runs.c.id == identity)).one()
    told = {"message": AGAIN[death.reason], "args": {"n": row.attempt, "how": death.how}}
    db.execute(update(runs).where(runs.c.id == identity).values(notes=[*(row.notes or []), told]))
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    counting = dialect.insert(restarts).values(reason=death.reason, count=1)
    more = {"count": restarts.c.count + 1}
    db.execute(counting.on_conflict_do_update(index_elements=["reason"], set_=more))


def tell(one: Run, death: Death, *, again: bool) -> None:
    """Into the log of this process."""
    then = "it is started again" if again else "it is given up"
    log.warning("Run %s, attempt %s ended (%s); %s.", one.id, one.attempt, death, then, extra={"run": one.id})


def counted() -> Mapping[str, int]:
    """Reason → how many runs were started again for it."""
    with engine().connect() as db:
        found = {reason: many for reason, many in db.execute(select(restarts.c.reason, restarts.c.count))}
    return {reason: found.get(reason, 0) for reason in AGAIN}


def error(death: Death, attempts: int) -> dict[str, Any]:
    """Why a run is given up, as of `models.errors`."""
    short = death.reason == MEMORY
    halved = {"repair": {"halved": ["batch_size"]}} if short else {}
    return {
        "found": N_("The run ended abruptly {attempts} times; the last time {_cause}."),
        "expected": N_("Memory must hold the model and one batch.") if short
        else N_("Its process must be left to work to its end."),
        "remedy": N_("Start again with a smaller model or batch size, or resume; progress is kept.") if short
        else N_("Resume to try again; progress is kept. The administrator can find details in the log."),
        "args": {"attempts": attempts, "_cause": LAST[death.reason]},
        **halved,
        "resumable": True,
    }  # fmt: skip
