"""What the arms of a lesson learn from and are judged by: interactions, divided by users, with some items made new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cases.ranking.interactions import Interactions
from cases.ranking.split import EvalQueries
from cases.recommendation import item_knn
from cases.recommendation.item_knn import Neighbours
from models.errors import N_, InputError
from models.evaluation import ranking

LEAST = 40  # users that a lesson needs
HELD = 0.4  # share of the users
MOST_HELD = 1000
WANTED, PART = 5, 4  # of a held-out user at most so many of the last interactions are asked for, and a quarter of all
TOP = 0.1  # share of the items that are called popular


@dataclass(frozen=True, eq=False)
class RankingData:
    """Interactions of the training and the validation part.

    Attributes:
        histories: user → items, the earliest first where they are `ordered`.
        text: computes (items, features) of what is written about the items, 0 where nothing is; None where that tells
            no item from another.
    """

    histories: Sequence[np.ndarray]
    items: int
    ordered: bool
    text: Callable[[], np.ndarray | None]


@dataclass(frozen=True, eq=False)
class ArmData:
    """What one arm learns from and is asked.

    Attributes:
        train: of users who are not `asked`.
        new: (items,) which items none of them may have; `top` (items,): the tenth that most of them have.
        liked: (items,) how many of them have each, and up to a half more by chance, so that of equal ones none comes
            first by the order of the file.
    """

    train: Interactions
    asked: EvalQueries
    new: np.ndarray
    top: np.ndarray
    liked: np.ndarray

    @cached_property
    def alike(self) -> Neighbours:
        """How alike any two items are; arms on the same data find it once."""
        return item_knn.find(self.train.table())


def arrange(data: RankingData, new: float, seed: int) -> ArmData:
    """Hold out users; with the same seed they are the same, and what they are asked about, whatever share is `new`.

    Every item that a held-out user did not have before is ranked, also where that was new.

    Raises:
        InputError: there are too few users.
    """
    random = np.random.default_rng(seed)
    users = np.flatnonzero([len(some) > 1 for some in data.histories])
    if len(users) < LEAST:
        raise _too_few(len(users))
    drawn = random.permutation(users)
    held, others = np.split(drawn, [min(MOST_HELD, round(HELD * len(users)))])
    fresh = np.zeros(data.items, bool)
    fresh[random.permutation(data.items)[: round(new * data.items)]] = True
    asked = _asked([data.histories[user] for user in held], fresh)
    train = _interactions([some[~fresh[some]] for some in (data.histories[user] for user in others)], data.items)
    return ArmData(train, asked, fresh, _top(train.counts), train.counts + random.random(data.items) / 2)


def latest(asked: EvalQueries, most: int) -> EvalQueries:
    """The same where at most so many of their interactions are known, all for -1; what they have seen stays."""
    if most < 0:
        return asked
    return replace(asked, had=[some[len(some) - min(most, len(some)) :] for some in asked.had])


def _asked(histories: Sequence[np.ndarray], new: np.ndarray) -> EvalQueries:
    cuts = [min(WANTED, max(1, len(some) // PART)) for some in histories]
    wanted = ranking.padded([some[-cut:] for some, cut in zip(histories, cuts, strict=True)], -1)
    before = [some[:-cut] for some, cut in zip(histories, cuts, strict=True)]
    return EvalQueries(np.arange(len(histories)), [some[~new[some]] for some in before], wanted, before)


def _interactions(histories: Sequence[np.ndarray], items: int) -> Interactions:
    user = np.repeat(np.arange(len(histories)), [*map(len, histories)])
    item = np.concatenate(histories)
    return Interactions(user, item, np.full(len(user), np.nan), np.full(len(user), ""), len(histories), items)


def _top(counts: np.ndarray) -> np.ndarray:
    """(items,) the tenth of those that anybody has."""
    top = np.zeros(len(counts), bool)
    top[np.argsort(-counts, kind="stable")[: max(1, round(TOP * int((counts > 0).sum())))]] = True
    return top


def _too_few(there: int) -> InputError:
    return InputError(
        found=N_("The data have {n} users with two interactions or more."),
        expected=N_("This lesson needs at least {needed} such users."),
        remedy=N_("Choose other data, or the sample."),
        n=there,
        needed=LEAST,
    )
