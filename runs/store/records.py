"""Data sets, runs and metrics as a person sees and changes them. Every question names the owner."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from runs import paths
from runs.kinds import KINDS, TRAININGS
from runs.limits import storage
from runs.store import objects
from runs.store.database import engine
from runs.store.tables import datasets, kept_settings, metrics, runs, shares, uploads

ENDED = ("done", "failed", "stopped")
COLLECTIONS = {
    "tags": list,
    "parts": list,
    "settings": dict,
    "edits": dict,
}  # columns of a run that are never told as NULL
MOST_REMARK, MOST_TAGS, MOST_LETTERS = 2000, 12, 40  # characters, tags, and characters of one
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
        return time.time() - self.pid_started if self.pid_started else 0.0

    @property
    def silence(self) -> float:
        """Seconds since its process, or who queued it, was last heard of."""
        return time.time() - (self.beat or 0.0)

    @property
    def packed(self) -> bool:
        """Whether there is a model to try, to download and to share."""
        return bool(self.result and TO_PACK not in self.result)


@dataclass(frozen=True)
class DatasetRow:
    """`lineage` is the same for all versions of one data set: the id of the first; see `runs.store.datasets`.
    `content`: the same for the same files, whatever they are called."""

    id: str
    owner: str
    case: str
    name: str
    sample: int
    created: float
    lineage: str
    version: int
    content: str


@dataclass(frozen=True)
class Upload:
    """A file that has arrived; `sha256` of its bytes."""

    id: str
    owner: str
    name: str
    bytes: int
    sha256: str
    created: float


def as_run(row: Row) -> Run:
    values = {field.name: row._mapping[field.name] for field in fields(Run)}
    return Run(**{**values, **{name: values[name] or empty() for name, empty in COLLECTIONS.items()}})


def new_id() -> str:
    """Drawn by chance; with half as many digits, two of a hundred thousand runs would most likely be the same."""
    return secrets.token_hex(8)


def add_upload(owner: str, identity: str, name: str, size: int, sha256: str) -> None:
    row = dict(id=identity, owner=owner, name=name, bytes=size, sha256=sha256, created=time.time())
    with engine().begin() as db:
        db.execute(insert(uploads).values(row))
    storage.add(owner, size)


def upload(identity: str, owner: str) -> Upload | None:
    with engine().connect() as db:
        row = db.execute(select(uploads).where(uploads.c.id == identity, uploads.c.owner == owner)).first()
    return Upload(**row._mapping) if row else None


def uploads_of(owner: str, identities: Sequence[str]) -> dict[str, Upload]:
    """Those that are there, by their ids."""
    found = {}
    with engine().connect() as db:
        for start in range(0, len(identities), 1000):  # databases bound the values of a question
            some = uploads.c.id.in_(identities[start : start + 1000])
            for row in db.execute(select(uploads).where(uploads.c.owner == owner, some)):
                found[row.id] = Upload(**row._mapping)
    return found


def add_dataset(
    owner: str, identity: str, case: str, name: str, *, sample: bool, lineage: str | None = None, version: int = 1,
    content: str | None = None,
) -> bool:  # fmt: skip
    """Whether it was added; nothing changes when the owner has the same content already."""
    if dataset(identity, owner) is not None:
        return False
    row = dict(id=identity, owner=owner, case=case, name=name[:255], sample=int(sample), created=time.time(),
               lineage=lineage or identity, version=version, content=content or identity)  # fmt: skip
    with engine().begin() as db:
        db.execute(insert(datasets).values(row))
    return True


def dataset(identity: str, owner: str) -> DatasetRow | None:
    with engine().connect() as db:
        row = db.execute(select(datasets).where(datasets.c.id == identity, datasets.c.owner == owner)).first()
    return DatasetRow(**row._mapping) if row else None


def dataset_list(owner: str, case: str) -> list[DatasetRow]:
    wanted = select(datasets).where(datasets.c.owner == owner, datasets.c.case == case)
    with engine().connect() as db:
        return [DatasetRow(**r._mapping) for r in db.execute(wanted.order_by(datasets.c.created.desc()))]


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
    if (keeping := latest("keep", identity, owner)) and not keeping.ended_already:
        ask_to_stop(keeping.id, owner)
    mine = (runs.c.id == identity) & (runs.c.owner == owner) & runs.c.parent.is_(None)
    mine &= runs.c.status.in_(("stopped", "failed"))
    fresh = dict(status="queued", stop=None, stop_asked=None, error=None, result=None, ended=None, attempt=0)
    fresh |= {"decision": None}  # it was chosen for other weights
    with engine().begin() as db:
        if db.execute(update(runs).where(mine).values(**fresh)).rowcount:  # what it had begun goes on with it
            begun = (runs.c.parent == identity) & (runs.c.owner == owner) & (runs.c.stop == "stop")
            db.execute(update(runs).where(begun).values(stop=None, stop_asked=None, attempt=0))


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


def metrics_after(one: Run, written: int, most: int = 5000) -> list[dict[str, Any]]:
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
