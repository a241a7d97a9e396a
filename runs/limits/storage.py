"""How many bytes a person's uploads, data sets and runs take.

What two people have brought alike is kept once and counts for both: else one would learn of the other.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, func, select

from runs import paths
from runs.kinds import TRAININGS
from runs.store.database import engine
from runs.store.tables import datasets, runs, stored_folders, uploads

_KNOWN_FOR = 60.0  # seconds
_known: dict[tuple[Path, str], tuple[float, Counter[str]]] = {}


@dataclass(frozen=True)
class Amount:
    """What deleting one data set, or one training with the work that hangs on it, gives back."""

    id: str
    bytes: int


def used(person: str) -> int:
    """Looked up once a minute at most."""
    return _counted(person).total()


def measured(person: str) -> int:
    """The same, looked up now."""
    return _measured(person).total()


def largest(person: str, most: int) -> list[Amount]:
    """The data sets and trainings that take the most, the largest first; looked up once a minute at most."""
    with engine().connect() as db:
        mine = set(db.execute(select(datasets.c.id).where(datasets.c.owner == person)).scalars())
        trained = runs.c.kind.in_(TRAININGS) & runs.c.parent.is_(None)
        mine |= set(db.execute(select(runs.c.id).where(runs.c.owner == person, trained, _kept())).scalars())
    found = [Amount(name, size) for name, size in _counted(person).most_common() if name in mine and size]
    return found[:most]


def add(person: str, size: int) -> None:
    """A file has come that was not there when it was looked up."""
    if known := _known.get((paths.home(), person)):
        known[1][""] += size


def shared() -> int:
    """Bytes of data sets that more than one person has."""
    several = select(datasets.c.id).group_by(datasets.c.id).having(func.count() > 1)
    with engine().connect() as db:
        some = list(db.execute(several).scalars())
    stored = _stored()
    return sum(_size_of(f"datasets/{one}", stored) for one in some)


def forget(person: str) -> None:
    """Something was deleted: what is known no longer holds."""
    _known.pop((paths.home(), person), None)


def _counted(person: str) -> Counter[str]:
    key = (paths.home(), person)
    known = _known.get(key)
    if known is None or known[0] < time.monotonic() - _KNOWN_FOR:
        known = _known[key] = time.monotonic(), _measured(person)
    return known[1]


def _measured(person: str) -> Counter[str]:
    """Bytes by the id of the data set or the training they hang on, "" for everything else."""
    with engine().connect() as db:
        given = list(db.execute(select(uploads.c.id).where(uploads.c.owner == person)).scalars())
        sets = set(db.execute(select(datasets.c.id).where(datasets.c.owner == person)).scalars())
        work = {row.id: row.parent or row.subject for row in db.execute(
            select(runs.c.id, runs.c.parent, runs.c.subject).where(runs.c.owner == person, _kept()))}  # fmt: skip
    stored = _stored()
    found = Counter({"": sum(_length(paths.uploads() / one) for one in given)})
    for one in sets:
        found[one] += _size_of(f"datasets/{one}", stored)
    for one in work:
        found[_root(one, work)] += _size_of(f"runs/{one}", stored)
    if person != paths.LOCAL:  # else models are there, too
        found.update(_cached(paths.cache_of(person), sets))
    return found


def _root(one: str, work: Mapping[str, str | None]) -> str:
    """The run that this work hangs on in the end: the work about a child hangs on the child, that on its parent."""
    while (over := work[one]) in work and over != one:
        one = str(over)
    return one


def _cached(cache: Path, sets: set[str]) -> Counter[str]:
    """What was computed once of data sets, each in a folder of its name."""
    found: Counter[str] = Counter()
    for place, _, names in os.walk(cache):
        inside = [*Path(place).relative_to(cache).parts, "", ""][1]
        found[inside if inside in sets else ""] += sum(_length(Path(place, name)) for name in names)
    return found


def _kept() -> ColumnElement[bool]:
    """Whether a run is not to go: its agent removes the files a moment later."""
    return runs.c.stop.is_(None) | (runs.c.stop != "discard")


def _stored() -> Mapping[str, int]:
    """Bytes in the object storage, by the folder in a home; nothing where there is none."""
    with engine().connect() as db:
        return {row.key: row.bytes for row in db.execute(select(stored_folders.c.key, stored_folders.c.bytes))}


def _size_of(folder: str, stored: Mapping[str, int]) -> int:
    """Of a folder of the home, which another home may have made; as much as it takes where it is largest."""
    return max(_size(paths.home() / folder), stored.get(folder, 0))


def _size(folder: Path) -> int:
    """Of all files below it; none where it is gone."""
    return sum(_length(Path(place, name)) for place, _, names in os.walk(folder) for name in names)


def _length(file: Path) -> int:
    try:
        return file.lstat().st_size
    except FileNotFoundError:
        return 0
