"""Why a trial ends before its time: it lags behind others, or it would take longer than there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from models.progress import ProgressReporter, Stopped
from runs.search.journal import CUT, PRUNED, SLOW
from runs.worker.reporter import StoreReporter

QUARTERS = 4  # of a training, after each of which it is compared with others
ENOUGH = 0.05  # of the steps, after which it is known how long all take
SLACK = 1.2  # times as long as there is time; only then a training that has just begun is ended for it


class EarlyEnd(Stopped):
    """Nobody asked for it: the search ends a trial. `state`: as the journal calls it."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class TrialReporter:
    """Reports a trial as a training of its own, hears a stop of the search, and ends the trial early where it must.

    `left`: the seconds that the search has; `lags`: whether a training with such `marks` is to be given up. `marks`:
    quarter → the best value of the metric until then.
    """

    def __init__(
        self, store: StoreReporter, search: ProgressReporter, metric: str, *, falling: bool,
        left: Callable[[], float], lags: Callable[[Mapping[str, float]], bool], alive: Callable[[], None],
    ) -> None:  # fmt: skip
        self.store, self.search, self.metric = store, search, metric
        self.better: Callable[[float, float], float] = min if falling else max
        self.left, self.lags, self.alive = left, lags, alive
        self.marks: dict[str, float] = {}
        self.best: float | None = None
        self.epochs = 0.0
        self.end: str = ""  # why it is to end
        self.since: tuple[float, int] | None = None  # when steps were first counted, and how many there were
        self.lasting = Lasting(self)

    def phase(self, name: str) -> None:
        self.store.phase(name)

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self.store.progress(what, done, total, **more)
        self.alive()
        self.epochs = float(more.get("epochs", self.epochs))
        if what == "training":
            self._pace(done, total)

    def _pace(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.since is None or done <= self.since[1]:
            self.since = now, done
        made = done - self.since[1]
        if made < ENOUGH * total or done > total / QUARTERS or self.marks:  # then it goes on as far as it comes
            return
        needed = (now - self.since[0]) / made * (total - done)
        if needed > SLACK * max(self.left(), 0.0):
            self.end = self.end or SLOW

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        self.store.metrics(split, step, values)
        if split == "validation" and self.metric in values:
            self._mark(float(values[self.metric]), float(values.get("epoch", 0.0)))

    def _mark(self, value: float, epoch: float) -> None:
        self.best = value if self.best is None else self.better(value, self.best)
        quarter = int(QUARTERS * epoch / self.epochs + 1e-6) if self.epochs else 0
        if quarter and str(quarter) not in self.marks:
            self.marks[str(quarter)] = self.best
            if quarter < QUARTERS and self.lags(self.marks):
                self.end = self.end or PRUNED

    def note(self, message: str, **args: Any) -> None:
        self.store.note(message, **args)

    def flush(self) -> None:
        self.store.flush()

    def check(self) -> None:
        """
        Raises:
            Stopped: a person asked to; an `EarlyEnd` where the search does.
        """
        self.search.check()
        self.store.check()
        if self.end or self.left() <= 0:
            self.end = self.end or CUT
            raise EarlyEnd(self.end)


class Lasting:
    """The same for what has to be done when a trial is over: only a person ends that."""

    def __init__(self, trial: TrialReporter) -> None:
        self.trial = trial

    def phase(self, name: str) -> None:
        self.trial.store.phase(name)

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self.trial.store.progress(what, done, total, **more)

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        self.trial.store.metrics(split, step, values)

    def note(self, message: str, **args: Any) -> None:
        self.trial.store.note(message, **args)

    def flush(self) -> None:
        self.trial.store.flush()

    def check(self) -> None:
        self.trial.search.check()
        self.trial.store.check()
