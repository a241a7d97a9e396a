"""Runs the trials of a search, each as a training of its own that this process works off."""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

import cases
from cases import tasks
from cases.base import Task
from cases.dataset import Dataset
from cases.splits import asked, assign
from cases.stored_settings import restored
from models import memory
from models.errors import InputError
from models.training import checkpoints
from runs import paths
from runs.kinds import TRAININGS
from runs.search import choice, journal, trial
from runs.search.early_end import TrialReporter
from runs.search.incumbent import Incumbent
from runs.search.journal import CUT, DONE, FAILED, SLOW, Trial
from runs.search.state import SearchState
from runs.search.study import Study
from runs.store import queue, records
from runs.store.records import Run
from runs.worker.reporter import StoreReporter

VALIDATED, MOST_TIMES = 150, 5  # examples to judge by; where there are fewer, parts are drawn again, so often at most
TRIES = 2  # processes that may die in a trial
MOST_KNOWN = 100  # runs among which one is looked for that was trained alike

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
        known = next((one for one in self._trained_before(settings) if trial.take_over(one, child)), None)
        begun = Trial(child, params["way"], shown, params, estimate=estimate)
        if known is not None:
            begun = replace(begun, known=known.id, seconds=trial.seconds(known))
            self.state.estimates.take_over(known)
        self.state.record(begun)
        if choice.has_scores(paths.run(child)):  # it was validated in an earlier search
            queue.claim_here(child)
            queue.end(child, "stopped")
            epochs = float(checkpoints.trained(paths.run(child)).get("epochs", 0.0))
            self._conclude(replace(begun, epochs=epochs, state=DONE), validated=True)
        else:
            self._work(begun)

    def _trained_before(self, settings: Mapping[str, Any]) -> Sequence[Run]:
        return self._known.get(self.study.space.key(settings), ())

    @cached_property
    def _known(self) -> Mapping[str, Sequence[Run]]:
        """Key of settings → the runs that were trained with them on these data to their end, by hand or in a search of
        the same person, the newest first."""
        found, run, space = defaultdict[str, list[Run]](list), self.state.run, self.study.space
        case = cases.get(run.case)
        for one in records.run_list(run.owner, kind=TRAININGS, case=run.case, most=MOST_KNOWN):
            if one.id == run.id or (one.dataset, one.edits) != (run.dataset, run.edits):
                continue
            tried = journal.of(one)
            whole = {known.run for known in tried.trials if known.state == DONE} if tried else {one.id}
            for known in records.children(one) if tried else [one]:
                if known.id in whole and (tried or known.status == "done"):
                    decided = tasks.decided(case, self.dataset, restored(space.form, known.settings))
                    found[space.key(decided)].append(known)
        return found

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
        except (MemoryError, RuntimeError, ValueError) as error:
            if one.known and not memory.ran_out(error):
                self._train_anew(one, error)
                return
            if not memory.ran_out(error):
                raise
            log.warning("Trial %s ran out of memory.", child.id)
            self._failed(one, None, time.monotonic() - began)
        else:
            queue.end(child.id, "stopped")
            found = replace(one, seconds=one.seconds + time.monotonic() - began, epochs=scored.epochs,
                            marks=report.marks, state=scored.ended or DONE)  # fmt: skip
            self._conclude(found, validated=bool(scored.validations))

    def _train_anew(self, one: Trial, error: Exception) -> None:
        """An earlier version may have written weights that have no place in the network of today."""
        log.warning("Trial %s is trained: the weights of run %s do not fit: %s", one.run, one.known, error)
        trial.drop_weights(one.run)
        anew = replace(one, known="", seconds=0.0)
        self.state.record(anew)
        self._work(anew)

    def _reporter(self, one: Trial, store: StoreReporter, closing: float) -> TrialReporter:
        """There is always a default, and an end: the first trial is trained until there is anything to keep of it, and
        the last to its end. All have the time that is left without the seconds in which they are concluded."""
        first, refitted = not self.state.journal.best, self.study.space.is_refitted(one.settings)
        whole, folder, learnt = first or refitted, paths.run(one.run), [False]

        def left() -> float:  # the first is not given up for its pace, so it has all the time until that is over
            learnt[0] = learnt[0] or (first and (checkpoints.kept(folder) is not None or choice.has_scores(folder)))
            remaining = self.state.left() - closing
            return math.inf if refitted or (first and (remaining > 0 or not learnt[0])) else remaining

        return TrialReporter(
            store, self.state.report, self.task.metric, falling=self.incumbent.falling, alive=self.state.alive,
            left=left,
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
        if seconds > self.state.left():
            return False
        if not self.state.journal.best:
            return True
        best = choice.scores(paths.run(self.state.journal.best))
        ahead, _error = choice.gain(scored, best, falling=self.incumbent.falling)
        return ahead >= 0

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
