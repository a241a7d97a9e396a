"""Rows of runs as a person queues, finds and names them. Every question names the owner."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update

from runs.kinds import KINDS, TRAININGS
from runs.store import objects
from runs.store.database import engine
from runs.store.tables import runs

ENDED = ("done", "failed", "stopped")
COLLECTIONS = {
    "tags": list,
    "parts": list,
    "settings": dict,
    "edits": dict,
}  # columns of a run that are never told as NULL
MOST_REMARK, MOST_TAGS, MOST_LETTERS = 2000, 12, 40  # characters, tags, and characters of one
STARTING = "starting"  # the phase of a run that an agent has claimed, until its process signs in
TO_PACK = "to_pack"  # in the result of a run that was evaluated and has no bundle yet


@dataclass(frozen=True)
class Run:
    """One piece of work an agent does, as its row says; see `runs.store.tables` for the columns.

    `tags`, `parts`, `settings` and `edits` are empty where the row has none.
    """

    id: str
    owner: str
    kind: str
    case: str
    name: str
    remark: str | None
    tags: list[str]
    dataset: str | None
    subject: str | None
    parent: str | None
    purpose: str | None
    parts: list[dict[str, str]]
    settings: dict[str, Any]
    edits: dict[str, str | None]
    launcher: str
    processes: int
    gpu_memory: int | None
    status: str
    phase: str | None
    progress: dict[str, Any] | None
    notes: list[dict[str, Any]] | None
    facts: dict[str, Any] | None
    seconds: dict[str, float] | None
    error: dict[str, Any] | None
    result: dict[str, Any] | None
    decision: dict[str, Any] | None
    stop: str | None
    stop_asked: float | None
    host: str | None
    pid: int | None
    pid_started: float | None
    slot: int | None
    attempt: int
    beat: float | None
    created: float
    started: float | None
    ended: float | None

    @property
    def ended_already(self) -> bool:
        return self.status in ENDED

    @property
    def age(self) -> float:
        """Seconds since its process began; 0 where none has signed in."""
        return time.time() - self.pid_started if self.pid_started and not self.starting else 0.0

    @property
    def starting(self) -> bool:
        """Whether its process has not signed in yet, which may take long on a busy machine."""
        return self.status == "running" and self.phase == STARTING

    @property
    def silence(self) -> float:
        """Seconds since its process, or who queued it, was last heard of."""
        return time.time() - (self.beat or 0.0)

    @property
    def past_training(self) -> bool:
        """Whether it is evaluated or packed just now: a stop would only have both begun again, as work of its own."""
        return self.status == "running" and self.phase in ("evaluating", "exporting")

    @property
    def packed(self) -> bool:
        """Whether there is a model to try, to download and to share."""
        return bool(self.result and TO_PACK not in self.result)


def as_run(row: Row) -> Run:
    values = {field.name: row._mapping[field.name] for field in fields(Run)}
    return Run(**{**values, **{name: values[name] or empty() for name, empty in COLLECTIONS.items()}})


def new_id() -> str:
    """Drawn by chance; with half as many digits, two of a hundred thousand runs would most likely be the same."""
    return secrets.token_hex(8)


def create_run(owner: str, kind: str, case: str, name: str, *, status: str = "queued", **values: Any) -> str:
    """Queue a piece of work; `values` are columns of its kind: parts, dataset, settings, edits or subject, and the
    processes that train it. Its `launcher` follows from these where none is given.

    A run with a `parent` has a `purpose`, too. No agent takes it, whatever its status: its parent works it off. `home`
    names the only one that can do it; it follows from the kind where it is not given.
    """
    if values.get("parent") and not values.get("purpose"):
        raise ValueError("A run that another has begun says what for.")
    if kind not in KINDS:
        raise KeyError(f"No kind of run called {kind!r}. Kinds: {', '.join(KINDS)}.")
    launcher = values.pop("launcher", None) or ("torchrun" if values.get("processes", 1) > 1 else "local")
    identity = new_id()
    row: dict[str, Any] = dict(
        id=identity, owner=owner, kind=kind, case=case, name=name, launcher=launcher, status=status
    )
    row |= {"home": objects.home_of(kind), **values}
    with engine().begin() as db:
        db.execute(insert(runs).values(**row, attempt=0, created=time.time(), beat=time.time()))
    return identity


def run(identity: str, owner: str) -> Run | None:
    with engine().connect() as db:
        row = db.execute(select(runs).where(runs.c.id == identity, runs.c.owner == owner)).first()
    return as_run(row) if row and row.stop != "discard" else None


def subject(one: Run) -> Run | None:
    """The run that this work is about; None where it is no longer there."""
    return run(one.subject, one.owner) if one.subject else None


def run_list(
    owner: str, *, kind: str | Sequence[str] = TRAININGS, case: str | None = None, most: int = 50
) -> list[Run]:
    """Those that the person began, the newest first."""
    kinds = [kind] if isinstance(kind, str) else list(kind)
    wanted = select(runs).where(runs.c.owner == owner, runs.c.kind.in_(kinds), _own(), _kept())
    if case:
        wanted = wanted.where(runs.c.case == case)
    with engine().connect() as db:
        return [as_run(row) for row in db.execute(wanted.order_by(runs.c.created.desc()).limit(most))]


def run_count(owner: str) -> int:
    """How many trainings the person has."""
    return sum(run_counts(owner).values())


def run_counts(owner: str) -> dict[str, int]:
    """Status → how many trainings of the person have it."""
    wanted = select(runs.c.status, func.count()).where(runs.c.owner == owner, runs.c.kind.in_(TRAININGS))
    with engine().connect() as db:
        return {status: many for status, many in db.execute(wanted.where(_own(), _kept()).group_by(runs.c.status))}


def children(one: Run) -> list[Run]:
    """The runs that this one began, in that order."""
    wanted = select(runs).where(runs.c.parent == one.id, runs.c.owner == one.owner, _kept())
    with engine().connect() as db:
        return [as_run(row) for row in db.execute(wanted.order_by(runs.c.created, runs.c.id))]


def parent(one: Run) -> Run | None:
    """The run that began this one; None where a person did."""
    return run(one.parent, one.owner) if one.parent else None


def _own() -> ColumnElement[bool]:
    """Begun by a person: only such are listed."""
    return runs.c.parent.is_(None) & runs.c.purpose.is_(None)


def _kept() -> ColumnElement[bool]:
    return runs.c.stop.is_(None) | (runs.c.stop != "discard")


def latest(kind: str, subject: str, owner: str) -> Run | None:
    """The newest work of this kind on a run; `keep`: evaluating what a stopped run had learnt."""
    wanted = select(runs).where(runs.c.subject == subject, runs.c.owner == owner, runs.c.kind == kind)
    with engine().connect() as db:
        row = db.execute(wanted.order_by(runs.c.created.desc()).limit(1)).first()
    return as_run(row) if row else None


def reading(dataset: str, owner: str) -> Run | None:
    """The newest reading that this data set came from."""
    wanted = select(runs).where(runs.c.dataset == dataset, runs.c.owner == owner, runs.c.kind == "read")
    with engine().connect() as db:
        row = db.execute(wanted.order_by(runs.c.created.desc()).limit(1)).first()
    return as_run(row) if row else None


def rename(identity: str, owner: str, name: str) -> None:
    """A name of nothing but blanks changes nothing."""
    mine = (runs.c.id == identity) & (runs.c.owner == owner)
    if name.strip():
        with engine().begin() as db:
            db.execute(update(runs).where(mine).values(name=name.strip()[:200]))


def describe(identity: str, owner: str, remark: str, tags: Sequence[str]) -> None:
    """What its owner has to say of a run, in place of what was said before."""
    mine = (runs.c.id == identity) & (runs.c.owner == owner)
    kept = list(dict.fromkeys(tag.strip()[:MOST_LETTERS] for tag in tags if tag.strip()))[:MOST_TAGS]
    with engine().begin() as db:
        db.execute(update(runs).where(mine).values(remark=remark.strip()[:MOST_REMARK] or None, tags=kept))


def decide(identity: str, owner: str, decision: Mapping[str, Any] | None) -> None:
    """Keep what was chosen of the answers of a run; None: nothing. See `runs.results.decisions`."""
    mine = (runs.c.id == identity) & (runs.c.owner == owner)
    with engine().begin() as db:
        db.execute(update(runs).where(mine).values(decision=dict(decision) if decision else None))
