"""The work of a search: trials one after another, the cheapest first, then the best of them evaluated and packed."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

import cases
from cases import search_space, tasks
from cases.hyperparameters import EPOCHS
from cases.splits import asked, assign
from cases.stored_settings import restored
from models import memory
from models.errors import InputError
from models.evaluation import metrics
from models.progress import ProgressReporter, Stopped
from runs import paths
from runs.jobs import data_import, fine_tune
from runs.kinds import JobResult
from runs.search import choice, journal, trial
from runs.search.early_end import TrialReporter
from runs.search.estimate import Estimates
from runs.search.journal import CUT, DONE, FAILED, RUNNING, SLOW, Journal, Trial
from runs.search.study import Study, told
from runs.store import queue, records
from runs.store.records import TO_PACK, Run
from runs.worker.reporter import StoreReporter

VALIDATED, MOST_TIMES = 150, 5  # examples to judge by; where there are fewer, parts are drawn again, so often at most
MOST_TRIED = 200  # trials
MOST_KEPT = 4 * 2**30  # bytes of weights of trials; beyond, those of the worst are dropped
SAVED = 5.0  # seconds between two notes of the time that was spent
REFIT = 0.15  # of the time: what took longer is not trained once more on training and validation part
MEASURED = 0.05  # of the time: less is not spent on measuring what a way to train would take
TRIES = 2  # processes that may die in a trial

log = logging.getLogger(__name__)


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
    return JobResult({"result": result}, then=lambda: fine_tune.drop_what_training_needed(run))


class Search:
    """What one process does of a search."""

    def __init__(self, run: Run, report: ProgressReporter) -> None:
        self.run, self.report = run, report
        self.dataset = data_import.dataset_of(run).without_test()
        known = journal.of(run)
        if known is None:
            raise ValueError("The facts of the run do not say what is to be searched.")
        self.journal: Journal = known
        self.began, self.saved = time.monotonic(), 0.0
        self.spent_before = known.spent
        self.case = cases.get(run.case)
        base = tasks.decided(self.case, self.dataset, restored(self.case.Settings, known.base))
        self.task = tasks.of(self.case, base)
        self.dataset = self.dataset.meant_as(self.task.task_type)
        self.falling = self.task.metric in metrics.FALLING
        self.space = search_space.of(self.case, self.task, self.dataset, base, paths.cache() / "models")
        self.study = Study(self.space, falling=self.falling, seed=int(base["seed"]))
        self.estimates = Estimates(run, self.case, self.task, self.dataset, report)
        for one in known.trials:
            self.study.remember(one)

    def try_all(self) -> None:
        """Until the time is over, or nothing is left to try."""
        if self.journal.over:
            return
        try:
            self._choose()  # a process may have died over it
            if unfinished := self.journal.running:
                self._go_on(unfinished)
            for params in self._next():
                settings = self.study.settings(params)
                if settings is not None and self.space.key(settings) not in self._tried:
                    self._attempt(params, settings)
                if self._nothing_better() or len(self.journal.trials) >= MOST_TRIED:
                    break
            self._refit()
        except Stopped:
            self._note_time()
            self.journal.save(self.run.id)
            raise
        if not self.journal.best:
            raise self._nothing_learnt()
        self._adopt(self.journal.best)  # whole, whatever happened when it was adopted first
        self._note_time()
        self.journal = replace(self.journal, over=True)
        self.journal.save(self.run.id)

    def _next(self) -> Iterator[dict[str, Any]]:
        """Each way with its usual values, cheapest first; then what the sampler proposes."""
        for params in self.study.starts_in_order(lambda: self.journal.tried, falling=self.falling):
            if self._left() <= 0 and self.journal.best:
                return
            yield params
        self._shorten()
        while self._left() > 0:
            proposed = next((one for one in self.study.proposals() if self._is_new(one)), None)
            if proposed is None:
                return
            yield proposed

    def _is_new(self, params: Mapping[str, Any]) -> bool:
        settings = self.study.settings(params)
        if settings is None or self.space.key(settings) in self._tried:
            return False
        slow = [one for one in self.journal.trials if one.state in (SLOW, FAILED) or EPOCHS in one.settings]
        if self.study.prepared(params) in [self.study.prepared(one.params) for one in slow]:
            return False
        return (self._took(params) or 0.0) <= self._left()

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

    def _left(self) -> float:
        """Seconds for trials: the end needs some, too."""
        return self.journal.seconds - self.estimates.at_the_end(self.journal.seconds) - self._spent()

    @property
    def _too_late_to_measure(self) -> bool:
        """What a training would take is itself measured for seconds, which little time left does not repay."""
        return self._left() < MEASURED * self.journal.seconds

    def _spent(self) -> float:
        return self.spent_before + time.monotonic() - self.began

    def _note_time(self) -> None:
        self.journal = replace(self.journal, spent=self._spent())

    def _alive(self) -> None:
        """Say how far the search is, and keep it now and then: a process that is killed loses no more."""
        self.report.progress("search", int(self._spent()), int(self.journal.seconds))
        if time.monotonic() - self.saved > SAVED:
            self.saved = time.monotonic()
            self._note_time()
            self.journal.save(self.run.id)

    @cached_property
    def _times(self) -> int:
        """How often the parts are drawn, so that enough examples are judged by."""
        if not self.task.drawn:
            return 1
        settings = self.task.Settings(**self.space.starts[0])
        parts = assign(self.dataset, **asked(settings)).value_counts()
        return min(MOST_TIMES, math.ceil(VALIDATED / max(1, parts.get("validation", 0))))

    def _shorten(self) -> None:
        """Try the ways that would have taken too long with as many epochs as the time allows, the most promising
        first."""
        slow = [one for one in self.journal.trials if one.state == SLOW and not one.run]
        for one in self.study.by_promise(slow, self.journal.tried, falling=self.falling):
            if self._too_late_to_measure:
                return
            settings = self.study.settings(one.params)
            epochs = settings and self.estimates.epochs(settings, self._left())
            if settings and epochs:
                self.journal = self.journal.without(one)
                self._begin(one.params, {**settings, EPOCHS: epochs}, {**one.settings, EPOCHS: epochs}, None)

    def _refit(self) -> None:
        """Let the best learn from the validation part as well, where its settings know how. That one is judged out of
        fold, and is kept unless it answers clearly worse: with more examples a model is rather better."""
        best = journal.named(self.journal.trials, self.journal.best)
        child = records.run(self.journal.best, self.run.owner) if best else None
        if best is None or child is None or self._nothing_better() or best.seconds > REFIT * self.journal.seconds:
            return
        changed = self.space.refitted(child.settings)
        if not changed:
            return
        shown = {**best.settings, **changed}
        if not any(one.settings == shown for one in self.journal.trials):
            self._begin(best.params, {**child.settings, **changed}, shown, None)
        refitted = next(one for one in self.journal.trials if one.settings == shown)
        if refitted.counts and self._best_of([refitted, best]) == refitted:
            self._adopt(refitted.run)

    def _attempt(self, params: dict[str, Any], settings: dict[str, Any]) -> None:
        """Begin a trial, unless it would not end in time; the first is begun in any case."""
        start, shown = params["way"], told(self.space, settings)
        estimate = self._took(params)
        late = estimate is None and self.journal.best and self._too_late_to_measure
        if estimate is None and self.journal.best and not late:
            estimate = self.estimates.seconds(settings)  # it is judged by more only while it is not behind
        if late or (estimate is not None and estimate > self._left()):
            self._record(Trial("", start, shown, params, SLOW, estimate=estimate))
        else:
            self._begin(params, settings, shown, estimate)

    def _begin(
        self, params: dict[str, Any], settings: dict[str, Any], shown: dict[str, Any], estimate: float | None
    ) -> None:
        child = records.create_run(
            self.run.owner, "fine_tune", self.run.case, self.run.name, dataset=self.run.dataset, settings=settings,
            edits=self.run.edits, parent=self.run.id, purpose=journal.PURPOSE,
        )  # fmt: skip
        self._record(Trial(child, params["way"], shown, params, estimate=estimate))
        self._work(self.journal.trials[-1])

    def _go_on(self, one: Trial) -> None:
        """Take up the trial in which the search was interrupted."""
        child = records.run(one.run, self.run.owner)
        if child is None or child.attempt >= TRIES:
            self._record(replace(one, state=FAILED))
        else:
            self._work(one)

    def _work(self, one: Trial) -> None:
        child, began = queue.claim_here(one.run), time.monotonic()
        store = StoreReporter(child)
        whole = not self.journal.best or self.space.is_refitted(one.settings)  # there is always a default, and an end
        report = TrialReporter(
            store, self.report, self.task.metric, falling=self.falling, alive=self._alive,
            left=(lambda: math.inf) if whole else self._left,
            lags=lambda marks: not whole and self.study.should_prune(one.start, marks),
        )  # fmt: skip
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
            if scored.validations:
                values = np.array([*choice.scores(paths.run(child.id)).values()])
                value, low, high = choice.interval(values)
                found = replace(found, value=value, low=low, high=high, items=len(values))
            elif found.state == CUT:
                found = replace(found, state=SLOW)
            self._record(found)
            self.study.remember(found)
            self._choose()

    def _is_worth_more(self, scored: Mapping[int, float], seconds: float) -> bool:
        """Whether a trial is judged by more examples: there is time, and it is not behind the best of those before."""
        if not self.journal.best:
            return True
        best = choice.scores(paths.run(self.journal.best))
        ahead, _error = choice.gain(scored, best, falling=self.falling)
        return ahead >= 0 and seconds <= self._left()

    def _failed(self, one: Trial, error: InputError | None, seconds: float) -> None:
        queue.end(one.run, "failed", error=error.as_json() if error else None)
        self._record(replace(one, state=FAILED, seconds=one.seconds + seconds))

    def _record(self, one: Trial) -> None:
        self._note_time()
        self.journal = self.journal.with_trial(one)
        self.journal.save(self.run.id)

    def _choose(self) -> None:
        """Adopt the best until now, so that a stop at any time finds it."""
        tried = self.journal.tried
        if not tried:
            return
        best = self._best_of(tried)
        if best.run != self.journal.best:
            self._adopt(best.run)
        self._drop_weights(best)

    def _best_of(self, tried: Sequence[Trial]) -> Trial:
        every, losses = ([choice.scores(paths.run(one.run), what) for one in tried]
                         for what in (choice.SCORES, choice.LOSSES))  # fmt: skip
        return tried[choice.best(every, losses, falling=self.falling)]

    def _adopt(self, best: str) -> None:
        child = records.run(best, self.run.owner)
        if child is None:
            raise ValueError(f"The trial {best!r} is gone.")
        trial.adopt(best, self.run.id)
        queue.copy_curves(best, self.run.id)
        queue.beat(self.run.id, settings=child.settings)
        self.journal = replace(self.journal, best=best)
        self.journal.save(self.run.id)

    def _drop_weights(self, best: Trial) -> None:
        """Of the worst trials, where all take more than may be kept."""
        sign = 1 if self.falling else -1
        others = [one for one in self.journal.trials if one.run and one.run != best.run]
        others.sort(key=lambda one: math.inf if one.value is None else sign * one.value)
        trial.drop_beyond([one.run for one in others], MOST_KEPT)

    def _nothing_better(self) -> bool:
        """Whether the best makes no mistake."""
        best = journal.named(self.journal.trials, self.journal.best)
        return best is not None and best.value == (0.0 if self.falling else 1.0)

    def _nothing_learnt(self) -> InputError:
        errors = [child.error for child in records.children(self.run) if child.error]
        if errors:
            return InputError.from_json(errors[0])
        return journal.no_time()
