"""How many bytes a person's uploads, data sets and runs take.

What two people have brought alike is kept once and counts for both: else one would learn of the other.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from sqlalchemy import func, select

from runs import paths
from runs.store.database import datasets, engine, runs, uploads

_KNOWN_FOR = 60.0  # seconds
_known: dict[tuple[Path, str], tuple[float, int]] = {}


def used(person: str) -> int:
    """Looked up once a minute at most."""
    key = (paths.home(), person)
    known = _known.get(key)
    if known is None or known[0] < time.monotonic() - _KNOWN_FOR:
        known = _known[key] = time.monotonic(), measured(person)
    return known[1]


def measured(person: str) -> int:
    """The same, looked up now."""
    with engine().connect() as db:
        given = list(db.execute(select(uploads.c.id).where(uploads.c.owner == person)).scalars())
        sets = list(db.execute(select(datasets.c.id).where(datasets.c.owner == person)).scalars())
        work = list(db.execute(select(runs.c.id).where(runs.c.owner == person)).scalars())
    files = [paths.uploads() / one for one in given]
    folders = [*(paths.datasets() / one for one in sets), *(paths.home() / "runs" / one for one in work)]
    folders += [] if person == paths.LOCAL else [paths.cache_of(person)]  # else models are there, too
    return sum(map(_length, files)) + sum(map(_size, folders))


def shared() -> int:
    """Bytes of data sets that more than one person has."""
    several = select(datasets.c.id).group_by(datasets.c.id).having(func.count() > 1)
    with engine().connect() as db:
        return sum(_size(paths.datasets() / one) for one in db.execute(several).scalars())


def forget(person: str) -> None:
    """Something was deleted: what is known no longer holds."""
    _known.pop((paths.home(), person), None)


def _size(folder: Path) -> int:
    """Of all files below it; none where it is gone."""
    return sum(_length(Path(place, name)) for place, _, names in os.walk(folder) for name in names)


def _length(file: Path) -> int:
    try:
        return file.lstat().st_size
    except FileNotFoundError:
        return 0
