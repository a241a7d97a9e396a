"""What the database knows of the folders that lie in the object storage, which `CASEBOOK_STORE` names.

A row says which manifest is the newest, so that whoever reads it takes one whole state, and what was tampered with in
the storage is noticed. Keys are made of ids alone: `datasets/ID` and `runs/ID`.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from runs import paths
from runs.kinds import KINDS
from runs.store.database import engine, insisting
from runs.store.tables import datasets, deleted_folders, runs, stored_folders

REMEMBERED = 90 * 24 * 3600.0  # seconds in which a host that was away hears of a deletion


@dataclass(frozen=True)
class StoredFolder:
    """One folder as its row says; see `runs.store.tables` for the columns."""

    key: str
    place: str
    manifest: str | None
    bytes: int
    home: str
    owed: float | None

    @property
    def prefix(self) -> str:
        """Below which its objects lie."""
        return f"{self.key}/{self.place}"


def url() -> str:
    """Where the object storage is, as fsspec takes it; "" where there is none."""
    return os.environ.get("CASEBOOK_STORE", "").rstrip("/")


def of_dataset(identity: str) -> str:
    return f"datasets/{identity}"


def of_run(identity: str) -> str:
    return f"runs/{identity}"


def home_of(kind: str) -> str | None:
    """The only home that can do a new piece of work: what people bring lies where they brought it. Trainings need
    nothing but what the object storage has."""
    return paths.home_id() if url() and KINDS[kind].lane != "training" else None


def taken_here() -> list[ColumnElement[bool]]:
    """The condition under which a run is one for this home."""
    return [runs.c.home.is_(None) | (runs.c.home == paths.home_id())] if url() else []


def row(key: str) -> StoredFolder | None:
    with engine().connect() as db:
        found = db.execute(select(stored_folders).where(stored_folders.c.key == key)).first()
    return StoredFolder(**found._mapping) if found else None


def every() -> list[StoredFolder]:
    with engine().connect() as db:
        return [StoredFolder(**found._mapping) for found in db.execute(select(stored_folders))]


@insisting
def owe(key: str) -> None:
    """Note that this home has something of a folder that the object storage, where there is one, has not."""
    if not url():
        return
    dialect = postgresql if engine().dialect.name == "postgresql" else sqlite
    fresh = {"home": paths.home_id(), "owed": time.time()}
    noting = dialect.insert(stored_folders).values(key=key, place=secrets.token_hex(8), bytes=0, **fresh)
    with engine().begin() as db:
        db.execute(noting.on_conflict_do_update(index_elements=["key"], set_=fresh))


def owed(since: float) -> list[str]:
    """Keys of the folders of which this home owes something, the oldest first: of data sets, which no run pushes, and
    of runs where that is so at the latest since then."""
    due = (stored_folders.c.owed <= since) | stored_folders.c.key.startswith(of_dataset(""))
    mine = (stored_folders.c.home == paths.home_id()) & stored_folders.c.owed.is_not(None) & due
    with engine().connect() as db:
        return list(db.execute(select(stored_folders.c.key).where(mine).order_by(stored_folders.c.owed)).scalars())


@insisting
def settle(known: StoredFolder, manifest: str, size: int) -> bool:
    """Note the manifest that was pushed, which others see from now on; False where another was first, or the folder
    was deleted, or another home goes on with it. What came to be owed since `known` stays so."""
    same = (stored_folders.c.key == known.key) & (stored_folders.c.place == known.place)
    same &= stored_folders.c.manifest.is_not_distinct_from(known.manifest)
    same &= stored_folders.c.home == paths.home_id()
    with engine().begin() as db:
        values = {"manifest": manifest, "bytes": size}
        if not db.execute(update(stored_folders).where(same).values(**values)).rowcount:
            return False
        paid = (stored_folders.c.key == known.key) & (stored_folders.c.owed == known.owed)
        db.execute(update(stored_folders).where(paid).values(owed=None))
    return True


def forget(keys: Iterable[str]) -> None:
    """The folders are deleted; an agent deletes their objects as soon as the storage answers."""
    with engine().begin() as db:
        for key in keys:
            found = db.execute(delete(stored_folders).where(stored_folders.c.key == key).returning(stored_folders))
            for gone in found.all():
                _note_deleted(db, gone.key, gone.place)
                paths.stored(gone.key).unlink(missing_ok=True)


def note_deleted(known: StoredFolder) -> None:
    """Objects were pushed for a folder that was deleted meanwhile."""
    with engine().begin() as db:
        _note_deleted(db, known.key, known.place)


def _note_deleted(db: Connection, key: str, place: str) -> None:
    db.execute(delete(deleted_folders).where(deleted_folders.c.place == place))
    db.execute(insert(deleted_folders).values(key=key, place=place, since=time.time()))


def to_delete() -> list[StoredFolder]:
    """Deleted folders whose objects are perhaps still there; `owed` is when they were deleted."""
    left = select(deleted_folders).where(deleted_folders.c.done.is_(None)).order_by(deleted_folders.c.since)
    with engine().connect() as db:
        return [StoredFolder(one.key, one.place, None, 0, "", one.since) for one in db.execute(left)]


def deleted(place: str) -> None:
    """Nothing is left there, and nobody writes there any more."""
    long_ago = deleted_folders.c.done < time.time() - REMEMBERED
    with engine().begin() as db:
        db.execute(update(deleted_folders).where(deleted_folders.c.place == place).values(done=time.time()))
        db.execute(delete(deleted_folders).where(long_ago))


def without_row(some: Sequence[str]) -> list[str]:
    """Those of these keys that were never pushed, though their data set or run is there and at rest."""
    with engine().connect() as db:
        known = set(db.execute(select(stored_folders.c.key)).scalars())
        there = {of_dataset(one) for one in db.execute(select(datasets.c.id)).scalars()}
        ended = runs.c.status.in_(("done", "failed", "stopped")) & (runs.c.stop.is_(None) | (runs.c.stop != "discard"))
        there |= {of_run(one) for one in db.execute(select(runs.c.id).where(ended)).scalars()}
    return [key for key in some if key in there and key not in known]


def gone(some: Sequence[str]) -> list[str]:
    """Those of these keys that were deleted, and did not come again."""
    with engine().connect() as db:
        there = set(db.execute(select(stored_folders.c.key)).scalars())
        were = set(db.execute(select(deleted_folders.c.key)).scalars())
    return [key for key in some if key in were and key not in there]
