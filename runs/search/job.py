"""The work of a search: trials one after another, the cheapest first, then the best of them evaluated and packed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import cases
from cases import search_space, tasks
from cases.hyperparameters import EPOCHS
from cases.stored_settings import restored
from models.errors import InputError
from models.evaluation import metrics
from models.progress import ProgressReporter, Stopped
from runs import paths
from runs.jobs import data_import, fine_tune
from runs.kinds import JobResult
from runs.search import choice, journal
from runs.search.estimate import Estimates
from runs.search.incumbent import Incumbent
from runs.search.journal import CUT, FAILED, RUNNING, SLOW, Journal, Trial
from runs.search.state import SearchState
from runs.search.study import Study, told
from runs.search.trial_runner import TrialRunner
from runs.search.waiting_trials import WaitingTrials
from runs.store import queue, records
from runs.store.records import TO_PACK, Run

MOST_TRIED = 200  # trials
REFIT = 0.15  # of the time: what took longer is not trained once more on training and validation part
UNENDED = (SLOW, CUT, FAILED)  # nothing else is tried in a way that did not come to its end: it would not either
AT_ONCE = 0.2  # of the time that is left: a way that would take more waits until the cheaper ones are tried


def search(run: Run, report: ProgressReporter) -> JobResult:
    """Try ways to train until the time is over, keep the best, open the test part once, for that one, and pack it.

    What was tried before an interruption counts; a stop keeps the best so far.
    """
    seconds = dict(run.seconds or {})
    with fine_tune.phase("preparing", run, seconds, report):
        work = Search(run, report)
    with fine_tune.phase("training", run, seconds, report):
        work.try_all()
    return _conclude(records.run(run.id, run.owner) or run, seconds, report)


def _conclude(run: Run, seconds: dict[str, float], report: ProgressReporter) -> JobResult:
    """Evaluate and pack the training that was adopted: from here on the search is a run like any other."""
    case = cases.get(run.case)
    trainer = fine_tune.build(case, run, paths.run(run.id), report)
    trainer.fit(report)  # it is over: takes up its weights
    queue.beat(run.id, facts={**queue.facts(run.id), **fine_tune.facts(trainer)})
    evaluated = fine_tune.evaluate(case, run, run, trainer, seconds, report) | choice.told(run)
    queue.beat(run.id, result=evaluated | fine_tune.cost(run, seconds) | {TO_PACK: True})
    result = fine_tune.pack(run, run, trainer, evaluated, seconds, report)
    return JobResult({"result": result}, then=lambda: fine_tune.drop_what_training_needed(run, result))


class Search:
    """Decides what one process tries next."""

    def __init__(self, run: Run, report: ProgressReporter) -> None:
        self.run = run
        dataset = data_import.dataset_of(run).without_test()
        known = journal.of(run)
        if known is None:
            raise ValueError("The facts of the run do not say what is to be searched.")
        began = time.monotonic()
        case = cases.get(run.case)
        base = tasks.decided(case, dataset, restored(case.Settings, known.base))
        task = tasks.of(case, base)
        dataset = dataset.meant_as(task.task_type)
        self.falling = task.metric in metrics.FALLING
        self.space = search_space.of(case, task, dataset, base, paths.cache() / "models")
        self.study = Study(self.space, falling=self.falling, seed=int(base["seed"]))
        self.estimates = Estimates(run, case, task, dataset, report)
        self.state = SearchState(run, known, self.estimates, report, began=began)
        self.incumbent = Incumbent(self.state, falling=self.falling)
        self.state.last = self._last
        self._last_of: tuple[Trial | None, float] = (None, 0.0)  # asked for at each step of each trial
        self.runner = TrialRunner(self.state, self.study, self.incumbent, task, dataset)
        self.waiting = WaitingTrials(self.state, self.study, self.runner, falling=self.falling)
        for one in known.trials:
            self.study.remember(one)

    @property
    def journal(self) -> Journal:
        return self.state.journal

    def try_all(self) -> None:
        """Until the time is over, or nothing is left to try."""
        if self.journal.over:
            return
        try:
            self.incumbent.choose()  # a process may have died over it
            if unfinished := self.journal.running:
                self.runner.resume(unfinished)
            for params in self._next():
                settings = self.study.settings(params)
                if settings is not None and self.space.key(settings) not in self._tried:
                    self._attempt(params, settings)
                if self.incumbent.is_perfect or len(self.journal.trials) >= MOST_TRIED:
                    break
            self._refit()
        except Stopped:
            self.state.save()
            raise
        if not self.journal.best:
            raise self._nothing_learnt()
        self.incumbent.adopt(self.journal.best)  # whole, whatever happened when it was adopted first
        self.state.end()

    def _next(self) -> Iterator[dict[str, Any]]:
        """Each way with its usual values, cheapest first; then what the sampler proposes."""
        for params in self.study.starts_in_order(lambda: self.journal.tried, falling=self.falling):
            if self.state.left() <= 0 and self.journal.best:
                return
            yield params
        self.waiting.try_all()
        while self.state.left() > 0:
            proposed = next((one for one in self.study.proposals() if self._is_new(one)), None)
            if proposed is None:
                return
            yield proposed

    def _is_new(self, params: Mapping[str, Any]) -> bool:
        settings = self.study.settings(params)
        if settings is None or self.space.key(settings) in self._tried:
            return False
        slow = [one for one in self.journal.trials if one.state in UNENDED or EPOCHS in one.settings]
        if self.study.prepared(params) in [self.study.prepared(one.params) for one in slow]:
            return False
        return (self._took(params) or 0.0) <= self.state.left()

    def _took(self, params: Mapping[str, Any]) -> float | None:
        """Seconds of a trial of this way to train that was prepared alike, where there was one."""
        prepared = self.study.prepared(params)
        return max((one.seconds for one in self.journal.tried if self.study.prepared(one.params) == prepared),
                   default=None)  # fmt: skip

    @property
    def _tried(self) -> set[str]:
        """The keys of settings that need not be tried again."""
        known = [self.study.settings(one.params) for one in self.journal.trials if one.state != RUNNING]
        return {self.space.key(one) for one in known if one is not None}

    def _last(self) -> float:
        """Seconds that `_refit` takes, where there is anything to do for it."""
        best = self.incumbent.trial
        if best != self._last_of[0]:
            self._last_of = best, self._seconds_of_refit(best)
        return self._last_of[1]

    def _seconds_of_refit(self, best: Trial | None) -> float:
        settings = self.study.settings(best.params) if best and best.params else None
        if best is None or settings is None or not self.space.refitted(settings):
            return 0.0
        return best.seconds if best.seconds <= REFIT * self.journal.seconds else 0.0

    def _refit(self) -> None:
        """Let the best learn from the validation part as well, where its settings know how. That one is judged out of
        fold, and is kept unless it answers clearly worse: with more examples a model is rather better."""
        best = self.incumbent.trial
        child = records.run(self.journal.best, self.run.owner) if best else None
        if best is None or child is None or self.incumbent.is_perfect or best.seconds > REFIT * self.journal.seconds:
            return
        changed = self.space.refitted(child.settings)
        if not changed:
            return
        shown = {**best.settings, **changed}
        if not any(one.settings == shown for one in self.journal.trials):
            self.runner.begin(best.params, {**child.settings, **changed}, shown, None)
        refitted = next(one for one in self.journal.trials if one.settings == shown)
        if refitted.counts and self.incumbent.best_of([refitted, best]) == refitted:
            self.incumbent.adopt(refitted.run)

    def _attempt(self, params: dict[str, Any], settings: dict[str, Any]) -> None:
        """Begin a trial, unless it would take much of the time that is left; the first is begun in any case."""
        start, shown = params["way"], told(self.space, settings)
        estimate = self._took(params)
        late = estimate is None and self.journal.best and self.state.too_late_to_measure
        if estimate is None and self.journal.best and not late:
            estimate = self.estimates.seconds(settings)  # it is judged by more only while it is not behind
        if late or (estimate is not None and estimate > self._most(params)):
            self.state.record(Trial("", start, shown, params, SLOW, estimate=estimate))
        else:
            self.runner.begin(params, settings, shown, estimate)

    def _most(self, params: Mapping[str, Any]) -> float:
        """Seconds that a trial may take which is to begin now: little where its way is a dear one that was not tried
        yet, for others may be worth more."""
        start = params["way"]
        at_once = self.study.step(start) == 0 or any(one.start == start for one in self.journal.tried)
        return (1.0 if at_once else AT_ONCE) * self.state.left()

    def _nothing_learnt(self) -> InputError:
        errors = [child.error for child in records.children(self.run) if child.error]
        if errors:
            return InputError.from_json(errors[0])
        return journal.no_time()
