"""What needs no gradient: what most people have, items the same people have (item-kNN), and EASE, also with a history
that fades. All know the training part only; what can be set about them validation chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_array

from cases.ranking import networks
from cases.ranking.split import DRAWN, EvalQueries, Split
from cases.recommendation import ease, item_knn, item_weights
from cases.recommendation.ease import Ease
from cases.recommendation.item_weights import ItemList, histories
from cases.recommendation.scorer_evaluation import Judged, judge
from models.progress import QUIET, ProgressReporter

MANY = (5, 10, 20, 50, 100, 200, 500)  # neighbours of an item
PENALTIES = (20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)
DECAYS = (0.98, 0.95, 0.9, 0.8, 0.6)
EASES = ("ease", "ease_decayed")
CHOSEN_BY = "ndcg@10"
TRIED = len(MANY) + 2 * len(PENALTIES) + 2 * len(DECAYS)  # at most


class Weighing(Protocol):
    """Weights of items for items."""

    def scores(self, histories: csr_array) -> np.ndarray:
        """(people, items) float32, from how much of each item counts for each person."""

    def columns(self, some: slice) -> np.ndarray:
        """What all items say for these: (some, items) float32."""


@dataclass(frozen=True, eq=False)
class Popularity:
    """Nobody's items matter; `liked` (items,) is the logarithm of how many have each."""

    liked: np.ndarray

    def scores(self, histories: csr_array) -> np.ndarray:
        return np.tile(self.liked, (histories.shape[0], 1))

    def columns(self, some: slice) -> np.ndarray:
        return np.zeros((some.stop - some.start, len(self.liked)), np.float32)


@dataclass(frozen=True, eq=False)
class Simple:
    """One of them. `counts` (items,): how many people have each; `judged`: how it does on the validation part, by which
    it is asked about what `asked` holds."""

    weighing: Weighing
    counts: np.ndarray
    decay: float
    judged: Judged
    asked: EvalQueries

    @property
    def value(self) -> float:
        return float(self.judged.metrics[CHOSEN_BY].mean())

    def on(self, asked: EvalQueries) -> Judged:
        return _judged(asked, len(self.counts), self.weighing, self.decay)

    @property
    def whole(self) -> Whole:
        return Whole(self)

    @cached_property
    def strongest(self) -> ItemList:
        """With the highest weights of each item."""
        return self._with(item_weights.MOST)

    @cached_property
    def shipped(self) -> ItemList:
        """What of it leaves: all weights, unless fewer, the highest of each item, lose nothing on the validation part
        or there are more than may leave."""
        found, most, room = self.strongest, item_weights.MOST, networks.most_kept(len(self.counts))
        while most < room and self._reached(found) < self.value:
            most = min(2 * most, room)
            found = self._with(most)
        return found

    def _with(self, most: int) -> ItemList:
        liked = getattr(self.weighing, "liked", np.zeros(len(self.counts), np.float32))
        return ItemList.strongest(self.weighing.columns, self.counts, liked, self.decay, most)

    def _reached(self, listed: ItemList) -> float:
        had = self.asked.had
        judged = judge(self.asked, len(self.counts), lambda places: listed.scores([had[one] for one in places]), QUIET)
        return float(judged.metrics[CHOSEN_BY].mean())


@dataclass(frozen=True, eq=False)
class Whole:
    """A baseline with all its weights, times a factor; `shipped` says what of it leaves."""

    simple: Simple
    factor: float = 1.0

    @property
    def items(self) -> int:
        return len(self.simple.counts)

    def scores(self, had: Sequence[np.ndarray]) -> np.ndarray:
        """(people, items) float32, from what each had, the earliest first."""
        given = histories(had, self.items, self.simple.decay)
        return np.float32(self.factor) * self.simple.weighing.scores(given)

    def times(self, factor: float) -> Whole:
        return replace(self, factor=factor * self.factor)

    @property
    def shipped(self) -> ItemList:
        return self.simple.shipped.times(self.factor)


class Baselines:
    """`all`: each by its name, the simplest first."""

    def __init__(self, division: Split, validation: EvalQueries, report: ProgressReporter) -> None:
        self.train, self.validation, self.report = division.of("train"), validation, report
        self.ordered = division.how != DRAWN

    @cached_property
    def all(self) -> dict[str, Simple]:
        tries, self.tried = self._tries(), 0
        found = dict(tries)
        self.report.progress("baselines", TRIED, TRIED)
        return found

    @property
    def strongest(self) -> str:
        return max(self.all, key=lambda name: self.all[name].value)

    @property
    def corrected(self) -> str:
        """Which of them a network corrects: the better EASE."""
        return max((name for name in EASES if name in self.all), key=lambda name: self.all[name].value)

    def judged(self, asked: EvalQueries) -> dict[str, Judged]:
        return {name: one.judged if asked is self.validation else one.on(asked) for name, one in self.all.items()}

    def _tries(self) -> Iterator[tuple[str, Simple]]:
        popular = Popularity(np.log1p(self.train.counts).astype(np.float32))
        yield "popularity", self._simple(popular, 1.0)
        yield "item_knn", self._item_knn()
        closed = Ease(self.train)
        choosing = closed.sample(self.validation)  # of very many items, those that most people have
        penalty = self._best(PENALTIES, lambda penalty: self._value(choosing, penalty, 1.0))
        yield "ease", self._simple(closed.solved(penalty), 1.0)
        if not self.ordered:
            return
        decay = self._best(DECAYS, lambda decay: self._value(choosing, penalty, decay))
        penalty = self._best(PENALTIES, lambda penalty: self._value(choosing, penalty, decay))
        decay = self._best(DECAYS, lambda decay: self._value(choosing, penalty, decay))
        yield "ease_decayed", self._simple(closed.solved(penalty), decay)

    def _item_knn(self) -> Simple:
        whole = item_knn.find(self.train.table())
        some = [many for many in MANY if many < self.train.items] or MANY[:1]
        near = lambda many: self._step(lambda: self._simple(whole.nearest(many), 1.0))  # noqa: E731
        return max(map(near, some), key=lambda one: one.value)

    def _simple(self, weighing: Weighing, decay: float) -> Simple:
        judged = _judged(self.validation, self.train.items, weighing, decay)
        return Simple(weighing, self.train.counts, decay, judged, self.validation)

    def _value(self, choosing: ease.Sample, penalty: float, decay: float) -> float:
        judged = _judged(choosing.asked, choosing.items, choosing.solved(penalty), decay)
        return float(judged.metrics[CHOSEN_BY].mean())

    def _best(self, values: tuple[float, ...], value: Callable[[float], float]) -> float:
        return max(values, key=lambda one: self._step(lambda: value(one)))

    def _step(self, work: Callable[[], Any]) -> Any:
        self.report.check()
        self.report.progress("baselines", self.tried, TRIED)
        self.tried += 1
        return work()


def _judged(asked: EvalQueries, items: int, weighing: Weighing, decay: float) -> Judged:
    given = histories(asked.had, items, decay)
    return judge(asked, items, lambda places: weighing.scores(csr_array(given[places])), QUIET)
