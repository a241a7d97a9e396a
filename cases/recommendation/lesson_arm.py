"""One arm of a lesson: a list or a network, asked about users it did not learn from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import nn

from cases.ranking.split import EvalQueries
from cases.recommendation import batches, network, network_choice
from cases.recommendation.item_weights import histories
from cases.recommendation.lesson_data import ArmData, RankingData, arrange, latest
from cases.recommendation.scorer_evaluation import Judged, Scores, judge
from cases.training import config
from models.errors import N_, InputError
from models.evaluation import ranking
from models.lessons import trace
from models.lessons.epoch import Point, Traced
from models.lessons.rankings import CONTENT, ITEM_KNN, MEASURES, NETWORK, POPULARITY, RankerOptions, RankingOptions
from models.progress import QUIET

AHEAD = 0.1  # of the steps, in which the learning rate rises where the schedule has that
LISTED = 10  # items of a list that are looked at
NEIGHBOURS = 50  # of an item; of the numbers that the baselines try, one in the middle
FAINT = 1e-6  # how much popularity counts where a list says nothing


@dataclass(frozen=True, eq=False)
class RankingTraining:
    """See `cases.base.ArmTraining`. `asked`: as many interactions of the held-out users as are known; `text`: of the
    items, where the arm asks for it."""

    settings: Any
    data: ArmData
    asked: EvalQueries
    model: RankerOptions
    text: np.ndarray | None
    ordered: bool
    seed: int

    @property
    def items(self) -> int:
        return len(self.data.train.user)

    @property
    def held(self) -> int:
        return len(self.asked.people)

    def epochs(self) -> Iterator[Point]:
        """Of a list, which is there at once, one alone."""
        if self.model.ranker == NETWORK:
            yield from self._trained()
        else:
            yield Point(1, 1, self._judged(RANKERS[self.model.ranker](self)))

    def measured(self, epochs: Sequence[Traced]) -> dict[str, float]:
        """As it stood at the end."""
        told = epochs[-1].as_json()
        return {name: told[name] for name in MEASURES}

    def plane(self, epochs: Sequence[Traced]) -> None:
        """None: what is ranked has no classes."""

    def _trained(self) -> Iterator[Point]:
        """The loop as the book writes it, without checkpoints: the weights are those of the last epoch."""
        train, settings = self.data.train, self.settings
        torch.manual_seed(self.seed)
        model = network.assemble(settings, settings.network, self.text, train, ordered=self.ordered,
                                 min_users=network_choice.threshold(train.counts))  # fmt: skip
        windows = batches.Windows(train, settings.max_history, ordered=self.ordered)
        plan, steps = config.of_steps(settings, ahead=AHEAD), 0
        optimizer = trace.optimizer_of(model, plan)
        schedule = trace.schedule_of(optimizer, plan, math.ceil(len(windows) / plan.batch_size))
        yield Point(0, 0, self._judged(_by_network(model, self)))
        for epoch in range(1, plan.epochs + 1):
            model.train()
            losses = []
            for picks in torch.randperm(len(windows)).split(plan.batch_size):
                optimizer.zero_grad()
                loss = model(**windows.__getitems__(picks.tolist()))["loss"]
                loss.backward()
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
            steps += len(losses)
            told = self._judged(_by_network(model, self))
            yield Point(epoch, steps, {"train_loss": float(np.mean(losses)), **told})

    def _judged(self, scores: Scores) -> dict[str, float]:
        """Measure → its value for scores that are logarithms, less what popularity is to count."""
        data, liked = self.data, self.model.penalty * np.log1p(self.data.train.counts).astype(np.float32)
        corrected: Scores = lambda places: scores(places) - liked  # noqa: E731
        judged = judge(self.asked, data.train.items, corrected, QUIET)
        lists, found = judged.lists[:, :LISTED], judged.metrics
        shares = data.train.counts / max(1, data.train.people)
        return {
            **{name: float(found[name].mean()) for name in ("ndcg@10", "hit@10", "recall@10")},
            "tail_hit": _hit_among(self.asked.wanted, judged, ~data.top),
            "coverage": ranking.coverage(lists, data.train.items),
            "top_share": float(data.top[lists].mean()),
            "mean_popularity": float(shares[lists].mean()),
            "new_hit": self._new_hit(corrected),
            "new_share": float(data.new[lists].mean()),
        }

    def _new_hit(self, scores: Scores) -> float:
        """The share of users with something they wanted among the first ten, where new items alone are ranked."""
        data = self.data
        if not data.new.any():
            return 0.0

        def of_new(places: np.ndarray) -> np.ndarray:
            table = scores(places)
            table[:, ~data.new] = -np.inf
            return table

        judged = judge(self.asked, data.train.items, of_new, QUIET)
        return _hit_among(self.asked.wanted, judged, data.new)


def _hit_among(wanted: np.ndarray, judged: Judged, some: np.ndarray) -> float:
    """The share of users who have one of these items (items,) that they wanted in their list, of all who wanted one."""
    there = (wanted >= 0) & some[wanted]
    found = there[there.any(1)] & _in_list(wanted, judged)[there.any(1)]
    return float(found.any(1).mean()) if len(found) else 0.0


def _in_list(wanted: np.ndarray, judged: Judged) -> np.ndarray:
    return (wanted[:, :, None] == judged.lists[:, None, :LISTED]).any(2)


def _popular(arm: RankingTraining) -> Scores:
    liked = np.log1p(arm.data.liked).astype(np.float32)
    return lambda places: np.tile(liked, (len(places), 1))


def _neighbours(arm: RankingTraining) -> Scores:
    near = arm.data.alike.nearest(NEIGHBOURS)
    return _of_histories(arm, near.scores)


def _content(arm: RankingTraining) -> Scores:
    """By the cosine of what is written about two items, where it is positive: content-based filtering (Pazzani and
    Billsus 2007)."""
    if (text := arm.text) is None:
        raise ValueError("An arm that ranks by texts was given none.")
    directions = text / np.maximum(np.linalg.norm(text, axis=1, keepdims=True), 1e-9)

    def scores(given: csr_array) -> np.ndarray:
        return np.maximum((given @ directions) @ directions.T, 0.0)

    return _of_histories(arm, scores)


def _of_histories(arm: RankingTraining, scores: Callable[[csr_array], np.ndarray]) -> Scores:
    """The logarithm of what the items of a history say; where they say nothing, items are ranked by popularity."""
    data = arm.data
    faint = FAINT * (1 + data.liked)

    def of(places: np.ndarray) -> np.ndarray:
        had = histories([arm.asked.had[place] for place in places], data.train.items, 1.0)
        return np.log(scores(had) + faint).astype(np.float32)

    return of


def _by_network(model: nn.Module, arm: RankingTraining) -> Scores:
    def scores(places: np.ndarray) -> np.ndarray:
        had = [arm.asked.had[place][-model.longest :] for place in places]
        model.eval()
        with torch.no_grad():
            history = batches.filled([*had, np.zeros(1, np.int64)], arm.data.train.items)[:-1]  # one column at least
            users = torch.from_numpy(arm.asked.people[places])
            return network.scores_of(model, {"history": history, "users": users}).numpy()

    return scores


RANKERS: dict[str, Callable[[RankingTraining], Scores]] = {
    POPULARITY: _popular, ITEM_KNN: _neighbours, CONTENT: _content,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class RankingArms:
    """See `cases.base.LessonArms`."""

    data: RankingData
    arranged: dict[tuple[float, int], ArmData] = field(default_factory=dict)  # the last, which many arms share

    def training(self, settings: Any, data: RankingOptions, model: RankerOptions, seed: int) -> RankingTraining:
        """See there."""
        reads = model.ranker == CONTENT or (model.ranker == NETWORK and settings.begin == "text")
        text = self._text if reads else None
        if (data.new, seed) not in self.arranged:
            self.arranged.clear()
            self.arranged[data.new, seed] = arrange(self.data, data.new, seed)
        arranged = self.arranged[data.new, seed]
        asked = latest(arranged.asked, data.history)
        return RankingTraining(settings, arranged, asked, model, text, self.data.ordered, seed)

    @cached_property
    def _text(self) -> np.ndarray:
        """
        Raises:
            InputError: there is none.
        """
        found = self.data.text()
        if found is None:
            raise InputError(
                found=N_("Nothing is written about the items of these data."),
                expected=N_("This lesson compares items by their titles, genres or descriptions."),
                remedy=N_("Choose other data, or the sample."),
            )
        return found
