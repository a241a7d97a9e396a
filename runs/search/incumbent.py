"""The best trial until now, whose training the search has as its own, so that a stop at any time finds it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from runs import paths
from runs.search import choice, journal, trial
from runs.search.journal import Trial
from runs.search.state import SearchState
from runs.store import metric_rows, queue, records

MOST_KEPT = 4 * 2**30  # bytes of weights of trials; beyond, those of the worst are dropped


class Incumbent:
    """Chooses and adopts it.

    Args:
        falling: whether the less of the task's metric, the better.
    """

    def __init__(self, state: SearchState, *, falling: bool) -> None:
        self.state, self.falling = state, falling

    @property
    def trial(self) -> Trial | None:
        return journal.named(self.state.journal.trials, self.state.journal.best)

    @property
    def is_perfect(self) -> bool:
        """Whether it makes no mistake."""
        best = self.trial
        return best is not None and best.value == (0.0 if self.falling else 1.0)

    def choose(self) -> None:
        """Adopt the best of those that were tried."""
        tried = self.state.journal.tried
        if not tried:
            return
        best = self.best_of(tried)
        if best.run != self.state.journal.best:
            self.adopt(best.run)
        self._drop_weights(best)

    def best_of(self, tried: Sequence[Trial]) -> Trial:
        every, losses = ([choice.scores(paths.run(one.run), what) for one in tried]
                         for what in (choice.SCORES, choice.LOSSES))  # fmt: skip
        return tried[choice.best(every, losses, falling=self.falling)]

    def adopt(self, best: str) -> None:
        """Give the search the training of this run."""
        search = self.state.run
        child = records.run(best, search.owner)
        if child is None:
            raise ValueError(f"The trial {best!r} is gone.")
        trial.adopt(best, search.id)
        metric_rows.copy_curves(best, search.id)
        queue.beat(search.id, settings=child.settings)
        self.state.record_best(best)

    def _drop_weights(self, best: Trial) -> None:
        """Of the worst trials, where all take more than may be kept."""
        sign = 1 if self.falling else -1
        others = [one for one in self.state.journal.trials if one.run and one.run != best.run]
        others.sort(key=lambda one: math.inf if one.value is None else sign * one.value)
        trial.drop_beyond([one.run for one in others], MOST_KEPT)
