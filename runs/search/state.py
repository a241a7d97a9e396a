"""The journal of a search in the process that works on it, and the time that is left of the search."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from models.progress import ProgressReporter
from runs.search.estimate import Estimates
from runs.search.journal import Journal, Trial
from runs.store.records import Run

SAVED = 5.0  # seconds between two notes of the time that was spent
MEASURED = 0.05  # of the time: less is not spent on measuring what a way to train would take


class SearchState:
    """Writes down each trial as it changes.

    Args:
        began: when this process took the search up, by `time.monotonic`.
    """

    def __init__(
        self, run: Run, journal: Journal, estimates: Estimates, report: ProgressReporter, *, began: float
    ) -> None:
        self.run, self.journal, self.estimates, self.report, self.began = run, journal, estimates, report, began
        self.spent_before, self.saved = journal.spent, 0.0
        self.last: Callable[[], float] = lambda: 0.0  # seconds of the last training, that of the best on more examples

    def left(self) -> float:
        """Seconds for trials: the end needs some, too, and the last training before it."""
        end = self.estimates.at_the_end(self.journal.seconds) + self.last()
        return self.journal.seconds - end - self._spent()

    @property
    def too_late_to_measure(self) -> bool:
        """What a training would take is itself measured for seconds, which little time left does not repay."""
        return self.left() < MEASURED * self.journal.seconds

    def _spent(self) -> float:
        return self.spent_before + time.monotonic() - self.began

    def alive(self) -> None:
        """Say how far the search is, and keep it now and then: a process that is killed loses no more."""
        self.report.progress("search", int(self._spent()), int(self.journal.seconds))
        if time.monotonic() - self.saved > SAVED:
            self.saved = time.monotonic()
            self.save()

    def save(self) -> None:
        self._note_time()
        self.journal.save(self.run.id)

    def _note_time(self) -> None:
        self.journal = replace(self.journal, spent=self._spent())

    def record(self, trial: Trial) -> None:
        self._note_time()
        self.journal = self.journal.with_trial(trial)
        self.journal.save(self.run.id)

    def discard(self, trial: Trial) -> None:
        """Another takes its place, with which this is written down."""
        self.journal = self.journal.without(trial)

    def record_best(self, run: str) -> None:
        self.journal = replace(self.journal, best=run)
        self.journal.save(self.run.id)

    def end(self) -> None:
        """Nothing more is tried."""
        self._note_time()
        self.journal = replace(self.journal, over=True)
        self.journal.save(self.run.id)
