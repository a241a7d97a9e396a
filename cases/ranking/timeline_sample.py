"""A few users with what they had and how it is divided, little enough to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cases.ranking import timestamps
from cases.ranking.split import Split

MOST_PEOPLE = 12
MOST_LEARNT = 200  # of what is learnt from of one user; what is held out is all there


@dataclass(frozen=True, eq=False)
class TimelineSample:
    """`people` (rows,), who began first comes first; of each dot (dots,) the `row`, the `item`, the `part`, the `time`
    as in `History` and the `place` among what the user had, from 1. `thinned`: not everything is there. `moments` as in
    `Split`."""

    people: np.ndarray
    row: np.ndarray
    item: np.ndarray
    time: np.ndarray
    place: np.ndarray
    part: np.ndarray
    timed: bool
    thinned: bool
    moments: dict[str, float]

    @property
    def dated(self) -> bool:
        """Whether times are dates; else they are places in an order that the data give."""
        return self.timed and bool(self.time[np.isfinite(self.time)].min(initial=np.inf) >= timestamps.LEAST)


def of(division: Split) -> TimelineSample:
    """By lot, but always the same: the users of one division can be found again in another."""
    whole = division.whole
    there = np.bincount(whole.user, minlength=whole.people) > 0
    drawn = np.random.default_rng(0).permutation(whole.people)
    people = drawn[there[drawn]][:MOST_PEOPLE]
    row_of = np.full(whole.people, -1)
    row_of[people] = np.arange(len(people))
    lines = np.flatnonzero(row_of[whole.user] >= 0)
    lines = lines[np.argsort(row_of[whole.user[lines]], kind="stable")]
    each = np.split(lines, np.cumsum(np.bincount(row_of[whole.user[lines]]))[:-1])
    begins = np.argsort([mine[0] for mine in each])
    kept = [_kept(division.part[each[one]]) for one in begins]
    shown = np.concatenate([each[one][some] for one, some in zip(begins, kept, strict=True)])
    return TimelineSample(
        people=people[begins],
        row=np.repeat(np.arange(len(begins)), [*map(len, kept)]),
        item=whole.item[shown],
        time=whole.time[shown],
        place=np.concatenate(kept) + 1,
        part=division.part[shown],
        timed=whole.timed,
        thinned=len(shown) < len(lines),
        moments=division.moments,
    )


def _kept(part: np.ndarray) -> np.ndarray:
    """The places of one user's lines that are drawn: of many to learn from some at even distances."""
    learnt = np.flatnonzero(part == "train")
    if len(learnt) > MOST_LEARNT:
        learnt = learnt[np.linspace(0, len(learnt) - 1, MOST_LEARNT).astype(int)]
    return np.sort(np.concatenate([learnt, np.flatnonzero(part != "train")]))
