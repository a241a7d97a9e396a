"""Which of the things people had are learnt from, which are guessed at while learning, and which at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cases.base import Finding
from cases.ranking.interactions import Interactions
from models.errors import N_, InputError
from models.evaluation import ranking

LAST, MOMENT, DRAWN = "last", "moment", "drawn"
PARTS = ("train", "validation", "test")
LATER = 0.01  # share of what is learnt from that lies after the first test; from here on it is worth a word
STAYS = N_("Interactions of the earlier version keep their split; new ones are split in the same way.")  # fmt: skip
MOST_VALIDATED, MOST_TESTED = 2000, 20_000  # people; of more a drawn part is asked about


@dataclass(frozen=True, eq=False)
class Split:
    """`part`: (lines,) train, validation or test. `how`: by each person's last items, by one moment for all, or, where
    no times are known, by chance."""

    whole: Interactions
    part: np.ndarray
    how: str

    def of(self, *parts: str) -> Interactions:
        return self.whole.at(np.isin(self.part, parts))

    def among(self, people: np.ndarray) -> Split:
        """The same of these people alone, who keep their numbers."""
        some = np.isin(self.whole.user, people)
        return Split(replace(self.whole.at(some), low=self.whole.low), self.part[some], self.how)

    @property
    def sizes(self) -> dict[str, int]:
        return {part: int((self.part == part).sum()) for part in PARTS}

    @property
    def moments(self) -> dict[str, float]:
        """part → the time it begins, where one moment for all divides: everything before it is in an earlier part."""
        if self.how != MOMENT:
            return {}
        found = {}
        for number, part in enumerate(PARTS[1:], 1):
            before, then = self.of(*PARTS[:number]).time, self.of(part).time
            if len(then) and before.max() < then.min():  # else the part came with the data, or of a few people is empty
                found[part] = float(then.min())
        return found

    def asked(self, part: str, most: int | None = None, seed: int = 0) -> EvalQueries:
        """About whom the model is asked in this part, with what they had before and what they wanted then.

        Those without anything before, or nothing new then, are left out; of more than `most` a drawn part is taken.
        """
        before = self.of(*PARTS[: PARTS.index(part)])
        then = self.of(part)
        known = [*map(len, before.of_each)]
        people = np.flatnonzero((np.array(known) > 0) & (np.bincount(then.user, minlength=then.people) > 0))
        if most is not None and len(people) > most:
            people = np.sort(np.random.default_rng(seed).permutation(people)[:most])
        had = [before.of_each[p] for p in people]
        if self.how == DRAWN:  # a set: whoever reads only some of it must not read the file's first or last
            random = np.random.default_rng(seed)
            had = [random.permutation(some) for some in had]
        wanted = ranking.padded([then.of_each[p] for p in people], -1)
        low = self._low_before(then)
        seen = [np.union1d(some, low[p]) for some, p in zip(had, people, strict=True)] if low else had
        return EvalQueries(people, had, wanted, seen)

    @cached_property
    def disliked(self) -> list[np.ndarray] | None:
        """person → what they rated low before anything of theirs was validated or tested on; None where nothing is
        low."""
        rated, low = self.whole.low, self._low_before(self.of(*PARTS[1:]))
        if rated is None or self.how != MOMENT:
            return low
        end = min(self.moments.values(), default=np.inf)
        return rated.at(rated.time < end).of_each

    def everybody(self, most: int) -> EvalQueries:
        """At most so many people with all they had, whom nothing is wanted of."""
        whole, low = self.whole.of_each, self.whole.low.of_each if self.whole.low is not None else None
        people = np.flatnonzero([len(some) > 0 for some in whole])[:most]
        had = [whole[p] for p in people]
        seen = [np.union1d(whole[p], low[p]) for p in people] if low else had
        return EvalQueries(people, had, np.full((len(people), 1), -1), seen)

    def _low_before(self, then: Interactions) -> list[np.ndarray] | None:
        """person → what they had rated low when the first of `then` came; of a division by chance all of it."""
        low = self.whole.low
        if low is None:
            return None
        if self.how == DRAWN:
            return low.of_each
        first = np.full(then.people, np.inf)
        np.minimum.at(first, then.user, then.time)
        return low.at(low.time < first[low.user]).of_each


@dataclass(frozen=True, eq=False)
class EvalQueries:
    """Of `people` the items they `had`, the earliest first, and those they `wanted`, (people, most) filled by -1; what
    they have `seen`, which is never ranked: what they had and what they rated low."""

    people: np.ndarray
    had: list[np.ndarray]
    wanted: np.ndarray
    seen: list[np.ndarray]

    def at(self, places: np.ndarray) -> EvalQueries:
        """About some of the people alone."""
        had, seen = ([some[place] for place in places] for some in (self.had, self.seen))
        return EvalQueries(self.people[places], had, self.wanted[places], seen)

    def among(self, chosen: np.ndarray, items: int) -> EvalQueries:
        """About these items (numbers, rising) alone, which get new numbers by their place; whoever had none of them, or
        wanted none, is left out."""
        place = np.full(items + 1, -1)  # the last for what fills `wanted`
        place[chosen] = np.arange(len(chosen))
        had, seen = ([new[new >= 0] for new in map(place.__getitem__, some)] for some in (self.had, self.seen))
        wanted = -np.sort(-place[self.wanted], axis=1)
        there = np.flatnonzero((wanted[:, 0] >= 0) & np.array([len(some) > 0 for some in had]))
        return EvalQueries(self.people[there], [had[n] for n in there], wanted[there], [seen[n] for n in there])


def divide(whole: Interactions, *, split: str, validation: float, test: float, seed: int) -> Split:
    """A part that came with the data stands, and what an earlier version had stays in the part it was in there.

    Of each person the last thing is for the test and the one before it for validation (`LAST`); who has two is only
    tested on, who has one only learnt from. Without times it is by chance which are last (`DRAWN`). Or everything after
    one moment is for the test and all of a while before it for validation, by the shares (`MOMENT`). A line that lacks
    its time is learnt from, unless it is by chance. What was added to an earlier version is divided so among itself.

    Raises:
        InputError: nobody is left to be asked about in some part.
    """
    division = _divided(whole, split, {"validation": validation, "test": test}, seed)
    _require(division)
    return division


def _divided(whole: Interactions, split: str, shares: dict[str, float], seed: int) -> Split:
    how = split if whole.timed else DRAWN
    part = whole.part.astype(object)
    given = set(part) - {"", "train"}
    stood = np.zeros(len(part), bool)
    if whole.before is not None:
        stood = _stand(whole, _divided(whole.before, split, shares, seed), part)
    free = np.isin(part, ["", "train"]) & ~stood
    if how == MOMENT:
        _by_moment(whole.time, part, free, {name: share for name, share in shares.items() if name not in given})
    else:
        _by_person(whole, part, free, given, None if how == LAST else np.random.default_rng(seed))
    part[np.isin(part, ["", "train"])] = "train"
    return Split(whole, part.astype(str), how)


def _stand(whole: Interactions, before: Split, part: np.ndarray) -> np.ndarray:
    """(lines,) which were in the earlier version; they get the `part` they had."""
    then = before.whole.user.astype(np.int64) * whole.items + before.whole.item
    now = whole.user.astype(np.int64) * whole.items + whole.item
    order = np.argsort(then)
    if not len(order):
        return np.zeros(len(now), bool)
    places = order[np.searchsorted(then, now, sorter=order).clip(max=len(then) - 1)]
    stood = then[places] == now
    part[stood] = before.part[places[stood]]
    return stood


def _by_moment(time: np.ndarray, part: np.ndarray, free: np.ndarray, shares: dict[str, float]) -> None:
    until, known = 1.0, time[free & np.isfinite(time)]
    for name in ("test", "validation"):
        if name in shares and len(known):
            begin = np.quantile(known, until - shares[name])
            part[free & (time > begin) & np.isin(part, ["", "train"])] = name
            until -= shares[name]


def _by_person(
    whole: Interactions, part: np.ndarray, free: np.ndarray, given: set[str], random: np.random.Generator | None
) -> None:
    lines = np.flatnonzero(free)
    if random is not None:
        lines = random.permutation(lines)
    lines = lines[np.argsort(whole.user[lines], kind="stable")]
    user, dated = whole.user[lines], np.isfinite(whole.time[lines]) | (random is not None)
    begins, ends = (np.searchsorted(user, user, side=side) for side in ("left", "right"))
    back = ends - np.arange(len(lines)) - 1  # how many of the person come later
    place = np.arange(len(lines)) - begins  # how many came before
    later = 0
    for name in ("test", "validation"):
        if name not in given:
            part[lines[(back == later) & (place > 0) & dated]] = name
            later += 1


_NOBODY = {"validation": N_("No user is left for validation."), "test": N_("No user is left for the test.")}


def _require(division: Split) -> None:
    for part, nobody in _NOBODY.items():
        if not len(division.asked(part).people):
            raise InputError(
                found=nobody,
                expected=N_("Some users need at least three interactions, one each for training, validation and test."),
                remedy=N_("Add more data, or choose another split."),
            ).mended_by(step="check")


def told(division: Split) -> list[dict[str, Any]]:
    """How it was divided and who is left out: messages and their arguments."""
    how = {
        LAST: N_("Leave last out: each user's last interaction for testing, the second-last for validation; equal "
                 "times keep file order."),
        MOMENT: N_("Global time split: interactions after one point in time for testing, those just before it for "
                   "validation."),
        DRAWN: N_("No times: one random interaction per user for testing, one for validation."),
    }[division.how]  # fmt: skip
    there = int((np.bincount(division.whole.user, minlength=division.whole.people) > 0).sum())
    left = there - len(division.asked("test").people)
    message = N_("Users without a test interaction, used for training only: {n} of {total}.")
    notes = [{"message": how, "args": {}}]
    if division.whole.before is not None:
        notes.append({"message": STAYS, "args": {}})
    return notes + ([{"message": message, "args": {"n": left, "total": there}}] if left else [])


def leak(division: Split) -> list[Finding]:
    """That other users' later choices are learnt from, where that is so (Ji et al. 2023, "A Critical Study on Data
    Leakage in Recommender System Offline Evaluation")."""
    if not division.whole.timed or division.how != LAST:
        return []
    first = division.of("test").time.min()
    share = float((division.of("train").time > first).mean())
    if share < LATER:
        return []
    return [Finding(
        "future", N_("Temporal leakage"),
        N_("{share:.0%} of training interactions are later than the first test interaction. A global time split "
           "prevents this leakage."),
        np.zeros(0, np.int64), leak=True, settings={"split": MOMENT}, mend=N_("Use the global time split"),
        args={"share": share},
    )]  # fmt: skip
