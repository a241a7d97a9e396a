"""How many bytes a person's uploads, data sets and runs take.

A file that several runs or data sets of one person hold, such as the weights below a head that alone was trained,
counts once, and is given back with the last of them. What two people have brought alike is kept once and counts for
both: else one would learn of the other.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, insert, select

from runs import paths
from runs.kinds import TRAININGS
from runs.store.database import engine
from runs.store.tables import datasets, runs, stored_folders, uploads

_KNOWN_FOR = 60.0  # seconds
_ARRIVES_WITHIN = 24 * 3600.0  # seconds for which room is kept for a file whose end nobody has told
_NOT_YET = ""  # in place of the SHA-256 of a file that is arriving

arriving = threading.Lock()  # held while room is taken, and while what has arrived takes its place
_known: dict[tuple[Path, str], tuple[float, _Held]] = {}


@dataclass(frozen=True)
class Amount:
    """What deleting one data set, or one training with the work that hangs on it, gives back."""

    id: str
    bytes: int
    shared: int = 0  # more bytes, which another one holds, too: they are given back with the last of those


@dataclass
class _Held:
    """Bytes by the id of the data set or the training that holds them, "" for everything else."""

    alone: Counter[str] = field(default_factory=Counter)
    several: dict[tuple[int, int], tuple[int, set[str]]] = field(default_factory=dict)  # files of more than one name

    def put(self, holder: str, file: Path) -> None:
        try:
            state = file.lstat()
        except FileNotFoundError:
            return
        if state.st_nlink == 1:
            self.alone[holder] += state.st_size
        else:
            self.several.setdefault((state.st_dev, state.st_ino), (state.st_size, set()))[1].add(holder)

    def put_all(self, holder: str, folder: Path) -> None:
        """All files below it; none where it is gone."""
        for place, _, names in os.walk(folder):
            for name in names:
                self.put(holder, Path(place, name))

    def total(self) -> int:
        return self.alone.total() + sum(size for size, _ in self.several.values())

    def amounts(self) -> list[Amount]:
        frees, shared = Counter(self.alone), Counter[str]()
        for size, holders in self.several.values():
            (frees if len(holders) == 1 else shared).update(dict.fromkeys(holders, size))
        return [Amount(one, frees[one], shared[one]) for one in {*frees, *shared}]


def used(person: str) -> int:
    """Looked up once a minute at most; with the room that is reserved for what arrives just now."""
    return _counted(person).total() + _reserved(person)


def measured(person: str) -> int:
    """The same, looked up now."""
    return _measured(person).total() + _reserved(person)


def reserve(person: str, upload: str, size: int) -> None:
    """Keep room for a file that is about to arrive; every process of the home counts it at once."""
    row = dict(id=upload, owner=person, name="", bytes=size, sha256=_NOT_YET, created=time.time())
    with engine().begin() as db:
        long_ago = uploads.c.created <= time.time() - _ARRIVES_WITHIN
        db.execute(delete(uploads).where(uploads.c.sha256 == _NOT_YET, long_ago))
        db.execute(insert(uploads).values(row))


def release(upload: str) -> None:
    """It does not arrive; nothing happens where it has."""
    with engine().begin() as db:
        db.execute(delete(uploads).where(uploads.c.id == upload, uploads.c.sha256 == _NOT_YET))


def _reserved(person: str) -> int:
    recent = uploads.c.created > time.time() - _ARRIVES_WITHIN
    mine = (uploads.c.owner == person) & (uploads.c.sha256 == _NOT_YET) & recent
    with engine().connect() as db:
        return int(db.execute(select(func.sum(uploads.c.bytes)).where(mine)).scalar() or 0)


def largest(person: str, most: int) -> list[Amount]:
    """The data sets and trainings whose deletion gives back the most, the largest first; looked up once a minute at
    most."""
    with engine().connect() as db:
        mine = set(db.execute(select(datasets.c.id).where(datasets.c.owner == person)).scalars())
        trained = runs.c.kind.in_(TRAININGS) & runs.c.parent.is_(None)
        mine |= set(db.execute(select(runs.c.id).where(runs.c.owner == person, trained, _kept())).scalars())
    found = [one for one in _counted(person).amounts() if one.id in mine and (one.bytes or one.shared)]
    return sorted(found, key=lambda one: (-one.bytes, -one.shared, one.id))[:most]


def add(person: str, size: int) -> None:
    """A file has come that was not there when it was looked up."""
    if known := _known.get((paths.home(), person)):
        known[1].alone[""] += size


def shared() -> int:
    """Bytes of data sets that more than one person has."""
    several = select(datasets.c.id).group_by(datasets.c.id).having(func.count() > 1)
    with engine().connect() as db:
        some = list(db.execute(several).scalars())
    stored, held = _stored(), _Held()
    for one in some:
        _put_folder(held, one, f"datasets/{one}", stored)
    return held.total()


def forget(person: str) -> None:
    """Something was deleted: what is known no longer holds."""
    _known.pop((paths.home(), person), None)


def _counted(person: str) -> _Held:
    key = (paths.home(), person)
    known = _known.get(key)
    if known is None or known[0] < time.monotonic() - _KNOWN_FOR:
        known = _known[key] = time.monotonic(), _measured(person)
    return known[1]


def _measured(person: str) -> _Held:
    with engine().connect() as db:
        given = list(db.execute(select(uploads.c.id).where(uploads.c.owner == person,
                                                                uploads.c.sha256 != _NOT_YET)).scalars())  # fmt: skip
        sets = set(db.execute(select(datasets.c.id).where(datasets.c.owner == person)).scalars())
        work = {row.id: row.parent or row.subject for row in db.execute(
            select(runs.c.id, runs.c.parent, runs.c.subject).where(runs.c.owner == person, _kept()))}  # fmt: skip
    stored, held = _stored(), _Held()
    for one in given:
        held.put("", paths.uploads() / one)
    for one in sets:
        _put_folder(held, one, f"datasets/{one}", stored)
    for one in work:
        _put_folder(held, _root(one, work), f"runs/{one}", stored)
    if person != paths.LOCAL:  # else models are there, too
        _put_cached(held, paths.cache_of(person), sets)
    return held


def _put_folder(held: _Held, holder: str, folder: str, stored: Mapping[str, int]) -> None:
    """Of the home; where the object storage keeps it, too, as much as it takes where it is largest: nothing is shared
    there, and another home may have made it."""
    if folder not in stored:
        held.put_all(holder, paths.home() / folder)
        return
    here = _Held()
    here.put_all(holder, paths.home() / folder)
    held.alone[holder] += max(here.total(), stored[folder])


def _root(one: str, work: Mapping[str, str | None]) -> str:
    """The run that this work hangs on in the end: the work about a child hangs on the child, that on its parent."""
    while (over := work[one]) in work and over != one:
        one = str(over)
    return one


def _put_cached(held: _Held, cache: Path, sets: set[str]) -> None:
    """What was computed once of data sets, each in a folder of its name."""
    for place, _, names in os.walk(cache):
        inside = [*Path(place).relative_to(cache).parts, "", ""][1]
        for name in names:
            held.put(inside if inside in sets else "", Path(place, name))


def _kept() -> ColumnElement[bool]:
    """Whether a run is not to go: its agent removes the files a moment later."""
    return runs.c.stop.is_(None) | (runs.c.stop != "discard")


def _stored() -> Mapping[str, int]:
    """Bytes in the object storage, by the folder in a home; nothing where there is none."""
    with engine().connect() as db:
        return {row.key: row.bytes for row in db.execute(select(stored_folders.c.key, stored_folders.c.bytes))}
