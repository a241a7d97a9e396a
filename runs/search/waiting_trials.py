"""Ways to train that wait until the cheaper ones are tried, since they would take much of the time."""

from __future__ import annotations

from typing import Any

from runs.search.journal import SLOW, Trial
from runs.search.state import SearchState
from runs.search.study import Study
from runs.search.trial_runner import TrialRunner

ROOM = 0.8  # of the time that is left, which an estimate may fill: some trials take longer than theirs
LONG_ENOUGH = 0.5  # of its usual training, with which a way is about as good as with all of it


class WaitingTrials:
    """Begins them with as many epochs as the time allows."""

    def __init__(self, state: SearchState, study: Study, runner: TrialRunner, *, falling: bool) -> None:
        self.state, self.study, self.runner, self.falling = state, study, runner, falling

    def try_all(self) -> None:
        """The most promising first, but before all others those that get about as many epochs as they need."""
        while not self.state.too_late_to_measure:
            found = self._next()
            if found is None:
                return
            one, settings, changed = found
            self.state.discard(one)
            estimate = None if changed else self.state.estimates.seconds(settings)
            self.runner.begin(one.params, {**settings, **changed}, {**one.settings, **changed}, estimate)

    def _next(self) -> tuple[Trial, dict[str, Any], dict[str, Any]] | None:
        """One for which there is time, its settings, and what of them is to be changed."""
        journal, most = self.state.journal, ROOM * self.state.left()
        waiting = [one for one in journal.trials if one.state == SLOW and not one.run]
        short = None
        for one in self.study.by_promise(waiting, journal.tried, falling=self.falling):
            settings = self.study.settings(one.params)
            changed, share = self.state.estimates.within(settings, most) if settings else ({}, 0.0)
            if settings and share >= LONG_ENOUGH:
                return one, settings, changed
            if settings and share > 0 and short is None:
                short = one, settings, changed
        return short
