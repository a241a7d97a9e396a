"""The curves of finished and running trainings, for laying several over one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from sqlalchemy import select

from runs.store.database import engine
from runs.store.records import Run
from runs.store.tables import metrics


@dataclass(frozen=True)
class Curve:
    """One value of a run as it went: `epoch`, `seconds` since the run began and `value`, (points,) each."""

    epoch: np.ndarray
    seconds: np.ndarray
    value: np.ndarray

    def parts(self, until: np.ndarray) -> list[np.ndarray]:
        """Which points came up to each of these epochs since the one before: (points,) each."""
        edges = np.concatenate([[-np.inf], until])
        return [(self.epoch > start) & (self.epoch <= end) for start, end in pairwise(edges)]

    def means(self, until: np.ndarray) -> Curve:
        """The mean of each of these `parts`; none where nothing came."""
        parts = self.parts(until)
        there, kept = np.array([part.any() for part in parts], bool), [part for part in parts if part.any()]
        return Curve(until[there], np.array([self.seconds[part][-1] for part in kept]),
                     np.array([self.value[part].mean() for part in kept]))  # fmt: skip

    def thinned(self, buckets: int) -> Curve:
        """At most two points a bucket, its lowest and its highest, and the two ends: no peak is lost to the eye."""
        count = len(self.value)
        if count <= 2 * buckets + 2:
            return self
        edges = np.linspace(0, count, buckets + 1).astype(int)
        kept = {0, count - 1}
        for start, stop in pairwise(edges):
            part = self.value[start:stop]
            kept |= {start + int(part.argmin()), start + int(part.argmax())}
        places = sorted(kept)
        return Curve(self.epoch[places], self.seconds[places], self.value[places])


@dataclass(frozen=True)
class History:
    """`train`: the loss of the training batches; `validation`: name of a value → its curve."""

    train: Curve
    validation: dict[str, Curve]


def history(run: Run) -> History:
    """The caller has asked whether the run may be seen. A run that has ended is read once."""
    return _kept(run.id, run.ended) if run.ended_already else _read(run.id)


@lru_cache(maxsize=64)
def _kept(identity: str, _ended: float) -> History:
    return _read(identity)


def _read(identity: str) -> History:
    values = metrics.c["values"]
    train = _rows(identity, "train", metrics.c.written, values["epoch"].as_float(), values["loss"].as_float())
    validation = _rows(identity, "validation", metrics.c.written, values)
    clock = np.array(_rows(identity, "machine", metrics.c.written, metrics.c.step), float).reshape(-1, 2)
    told = [row[1] for row in validation]
    names = [name for name in (told[-1] if told else {}) if name != "epoch"]
    return History(
        _curve(train, clock),
        {name: _curve([(w, v["epoch"], v[name]) for w, v in validation if name in v], clock) for name in names},
    )


def _rows(identity: str, split: str, *columns: Any) -> list[tuple[Any, ...]]:
    """Plain tuples: NumPy is many times slower with the rows of SQLAlchemy."""
    wanted = select(*columns).where(metrics.c.run == identity, metrics.c.split == split)
    with engine().connect() as db:
        return list(map(tuple, db.execute(wanted.order_by(metrics.c.step))))


def _curve(rows: Sequence[tuple[int, float, float]], clock: np.ndarray) -> Curve:
    """Rows carry no time; those of the machine are its seconds, and `written` counts through all of them."""
    written, epoch, value = np.array(rows, float).reshape(-1, 3).T
    seconds = np.interp(written, *clock[np.argsort(clock[:, 0])].T) if len(clock) else np.zeros(len(rows))
    return Curve(epoch, seconds, value)
