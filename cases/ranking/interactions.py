"""Who had what, in the order of time: as numbers of people and items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from scipy.sparse import csr_array

from cases.dataset import LEFT_OUT, Dataset
from cases.ranking import positives, stats, timestamps
from cases.ranking.networks import tried_first

FILE, USERS = "interactions.parquet", "users.parquet"
KEPT = "kept"  # in the column image of an item: a small picture of it lies with the data


def people(dataset: Dataset) -> int:
    return pq.read_metadata(dataset.folder / USERS).num_rows


def reads_texts(dataset: Dataset, settings: Mapping[str, Any]) -> bool:
    """Whether a language model reads what is written about the items, as there is anything."""
    samples, first = dataset.samples, tried_first(settings)
    written = (samples["label"] != samples["name"]) | (samples["genres"] != "") | (samples["text"] != "")
    return first["begin"] == "text" and bool(written.any())


def minimum(dataset: Dataset, min_rating: float | str | None) -> float | None:
    """The rating from which on an interaction is positive, None where all are; see `positives.minimum`."""
    table = pd.read_parquet(dataset.folder / FILE, columns=["user", "value"])
    return positives.minimum(table, min_rating, counted=_is_counted(dataset))


def of_user(dataset: Dataset, user: int, bar: float | None) -> tuple[list[int], list[int]]:
    """The numbers of the items that a user has, the earliest first; and of those they rated below `bar`, the minimum
    of a positive rating. Only the lines of that user are read."""
    columns = ["item", "value"]
    lines = pd.read_parquet(dataset.folder / FILE, columns=columns, filters=[("user", "==", user)])
    low = lines["value"] < bar if bar is not None else np.zeros(len(lines), bool)
    return lines["item"][~low].tolist(), lines["item"][low].tolist()


def steps(dataset: Dataset) -> list[str]:
    """What the data themselves have for a minimum rating, see `positives.steps`."""
    values = pd.read_parquet(dataset.folder / FILE, columns=["value"])["value"]
    return positives.steps(values.to_numpy(np.float64), counted=_is_counted(dataset))


def _is_counted(dataset: Dataset) -> bool:
    return not any(note["message"] == stats.RATINGS for note in dataset.notes)


@dataclass(frozen=True, eq=False)
class Interactions:
    """One line for each item somebody has, the earliest first; `people` and `items` say how many there are.

    `user` and `item` (lines,) are numbers, `time` (lines,) seconds since 1970, -inf of a few that have none, so that
    they come first, or NaN where times say no order; `part` (lines,) that of the data, "" where it is ours to choose.
    `low`: likewise what was rated below the minimum, which is no positive feedback but is known to the user and so
    never recommended; None where everything counts. `before`: the same of the version that the data grew from.
    """

    user: np.ndarray
    item: np.ndarray
    time: np.ndarray
    part: np.ndarray
    people: int
    items: int
    low: Interactions | None = None
    before: Interactions | None = None

    @classmethod
    def open(cls, dataset: Dataset, min_rating: float | str | None = None) -> Interactions:
        """Without the items a person left out; `min_rating` as in the settings, see `positives.minimum`."""
        table = pd.read_parquet(dataset.folder / FILE)
        if timestamps.ordered(table["time"].to_numpy()):
            table["time"] = table["time"].fillna(-np.inf)
        gone = np.flatnonzero(dataset.samples["split"] == LEFT_OUT)
        table = table[~np.isin(table["item"], gone)] if len(gone) else table
        bar = positives.minimum(table, min_rating, counted=_is_counted(dataset))
        low = np.zeros(len(table), bool) if bar is None else (table["value"] < bar).to_numpy()
        before = None if dataset.before is None else cls.open(dataset.before, min_rating)

        def of(
            lines: pd.DataFrame, low: Interactions | None = None, before: Interactions | None = None
        ) -> Interactions:
            user, item, time = (lines[name].to_numpy() for name in ("user", "item", "time"))
            parts = np.asarray(lines["part"], object)
            return cls(user, item, time, parts, people(dataset), len(dataset.as_read), low, before)

        return of(table[~low], of(table[low]) if low.any() else None, before)

    @property
    def timed(self) -> bool:
        """Whether the times say an order, see `timestamps.ordered`."""
        return timestamps.ordered(self.time)

    def at(self, lines: np.ndarray) -> Interactions:
        """Only some lines, given by number or by a mask."""
        return Interactions(
            self.user[lines], self.item[lines], self.time[lines], self.part[lines], self.people, self.items
        )

    @cached_property
    def of_each(self) -> list[np.ndarray]:
        """person → the items, the earliest first."""
        order = np.argsort(self.user, kind="stable")
        return np.split(self.item[order], np.cumsum(np.bincount(self.user, minlength=self.people))[:-1])

    @cached_property
    def counts(self) -> np.ndarray:
        """(items,) how many people have each."""
        return np.bincount(self.item, minlength=self.items)

    def table(self, people: np.ndarray | None = None) -> csr_array:
        """(people, items) of 0 and 1; only the rows of `people` where they are given."""
        ones = np.ones(len(self.user), np.float32)
        whole = csr_array((ones, (self.user, self.item)), (self.people, self.items))
        return whole if people is None else csr_array(whole[people])
