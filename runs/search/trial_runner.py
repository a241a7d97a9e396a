"""Runs the trials of a search, each as a training of its own that this process works off."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from cases.base import Task
from cases.dataset import Dataset
from cases.splits import asked, assign
from models import memory
from models.errors import InputError
from runs import paths
from runs.search import choice, journal, trial
from runs.search.early_end import TrialReporter
from runs.search.incumbent import Incumbent
from runs.search.journal import CUT, DONE, FAILED, SLOW, Trial
from runs.search.state import SearchState
from runs.search.study import Study
from runs.store import queue, records
from runs.worker.reporter import StoreReporter

VALIDATED, MOST_TIMES = 150, 5  # examples to judge by; where there are fewer, parts are drawn again, so often at most
TRIES = 2  # processes that may die in a trial

log = logging.getLogger(__name__)


class TrialRunner:
    """Begins trials and takes up interrupted ones; the study and the incumbent learn what came of each.

    Args:
        dataset: without its test part.
    """

    def __init__(self, state: SearchState, study: Study, incumbent: Incumbent, task: Task, dataset: Dataset) -> None:
        self.state, self.study, self.incumbent = state, study, incumbent
        self.task, self.dataset = task, dataset

    def begin(
        self, params: dict[str, Any], settings: dict[str, Any], shown: dict[str, Any], estimate: float | None
    ) -> None:
        """Train with `settings`; `shown` are those of them by which trials differ, `estimate` in seconds."""
        run = self.state.run
        child = records.create_run(
            run.owner, "fine_tune", run.case, run.name, dataset=run.dataset, settings=settings,
            edits=run.edits, parent=run.id, purpose=journal.PURPOSE,
        )  # fmt: skip
        self.state.record(Trial(child, params["way"], shown, params, estimate=estimate))
        self._work(self.state.journal.trials[-1])

    def resume(self, one: Trial) -> None:
        """Take up the trial in which the search was interrupted."""
        child = records.run(one.run, self.state.run.owner)
        if child is None or child.attempt >= TRIES:
            self.state.record(replace(one, state=FAILED))
        else:
            self._work(one)

    def _work(self, one: Trial) -> None:
        child, began = queue.claim_here(one.run), time.monotonic()
        store = StoreReporter(child)
        report = self._reporter(one, store, self.state.estimates.closing(child.settings))
        try:
            with store.beating():
                scored = trial.work(child, self.task, self.dataset, self._times, report, self._is_worth_more)
        except InputError as error:
            self._failed(one, error, time.monotonic() - began)
        except (MemoryError, RuntimeError) as error:
            if not memory.ran_out(error):
                raise
            log.warning("Trial %s ran out of memory.", child.id)
            self._failed(one, None, time.monotonic() - began)
        else:
            queue.end(child.id, "stopped")
            found = replace(one, seconds=one.seconds + time.monotonic() - began, epochs=scored.epochs,
                            marks=report.marks, state=scored.ended or DONE)  # fmt: skip
            self._conclude(found, validated=bool(scored.validations))

    def _reporter(self, one: Trial, store: StoreReporter, closing: float) -> TrialReporter:
        """There is always a default, and an end: the first trial is trained whole, and the last. Others have the time
        that is left without the seconds in which they are concluded."""
        whole = not self.state.journal.best or self.study.space.is_refitted(one.settings)
        return TrialReporter(
            store, self.state.report, self.task.metric, falling=self.incumbent.falling, alive=self.state.alive,
            left=lambda: math.inf if whole else self.state.left() - closing,
            lags=lambda marks: not whole and self.study.should_prune(one.start, marks),
        )  # fmt: skip

    @cached_property
    def _times(self) -> int:
        """How often the parts are drawn, so that enough examples are judged by."""
        if not self.task.drawn:
            return 1
        settings = self.task.Settings(**self.study.space.starts[0])
        parts = assign(self.dataset, **asked(settings)).value_counts()
        return min(MOST_TIMES, math.ceil(VALIDATED / max(1, parts.get("validation", 0))))

    def _is_worth_more(self, scored: Mapping[int, float], seconds: float) -> bool:
        """Whether a trial is judged by more examples: there is time, and it is not behind the best of those before."""
        if not self.state.journal.best:
            return True
        best = choice.scores(paths.run(self.state.journal.best))
        ahead, _error = choice.gain(scored, best, falling=self.incumbent.falling)
        return ahead >= 0 and seconds <= self.state.left()

    def _conclude(self, found: Trial, *, validated: bool) -> None:
        if validated:
            values = np.array([*choice.scores(paths.run(found.run)).values()])
            value, low, high = choice.interval(values)
            found = replace(found, value=value, low=low, high=high, items=len(values))
        if found.state in (CUT, SLOW):  # what came to something counts, whichever of them ended it
            found = replace(found, state=CUT if validated else SLOW)
        self.state.record(found)
        self.study.remember(found)
        self.incumbent.choose()

    def _failed(self, one: Trial, error: InputError | None, seconds: float) -> None:
        queue.end(one.run, "failed", error=error.as_json() if error else None)
        self.state.record(replace(one, state=FAILED, seconds=one.seconds + seconds))
