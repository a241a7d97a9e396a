"""What a run's process tells the store while it works: one thread writes, four times a second."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psutil
from sqlalchemy.exc import DBAPIError

from models import memory
from models.progress import QUIET, ProgressReporter, Stopped
from runs import outages
from runs.machine import Sampler
from runs.results.overfitting import Overfitting
from runs.store import metric_rows, notices, queue
from runs.store.records import Run
from runs.worker import placement

PERIOD = 0.25  # seconds: a stop is heard this soon
log = logging.getLogger(__name__)


class StoreReporter:
    """A `ProgressReporter` whose news reach the store from a thread of its own, so that a step never waits for the disk
    and a long step is not taken for death."""

    def __init__(self, run: Run, beside: ProgressReporter = QUIET) -> None:
        self.run, self.beside = run, beside  # who is told as well: a terminal
        self.wish: str | None = None
        self.columns: dict[str, Any] = {}
        self.rows: list[dict[str, Any]] = []
        self.notes = list(run.notes or [])
        self.pace: dict[str, tuple[float, int, int]] = {}  # what → when it began, how far it was then, and is now
        self.written = metric_rows.last_written(run.id)
        self.lock = threading.Lock()  # for what is to be written
        self.writing = threading.Lock()  # so that whoever flushes also waits for what another has taken
        self.unheard = False  # whether the store could not be written the last time
        self.over = threading.Event()
        self.news = threading.Event()  # the first word of a kind does not wait for the period
        self.told: set[str] = set()
        self.gpu_memory = run.gpu_memory  # MB that it is known to need of a card
        self.overfitting, self.overfits = Overfitting(), False  # the latter until its owner is told
        self.sampler = Sampler(psutil.Process(), run.started or time.time())

    def phase(self, name: str) -> None:
        self.beside.phase(name)
        with self.lock:
            self.columns.update(phase=name, progress=None)
        self.flush()

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        self.beside.progress(what, done, total, **more)
        now = time.monotonic()
        since, first, last = self.pace.get(what, (now, done, done))
        if done < last:  # the same once more, as what is tested in one phase and again in the next
            since, first = now, done
        self.pace[what] = since, first, done
        rate = (done - first) / (now - since) if done > first and now > since else None
        eta = (total - done) / rate if rate else None
        with self.lock:
            self.columns["progress"] = {
                "what": what, "done": done, "total": total, "rate": rate, "eta": eta, **more
            }  # fmt: skip
        self._hurry(what)

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        self.beside.metrics(split, step, values)
        with self.lock:
            self.written += 1
            row = {"run": self.run.id, "split": split, "step": step, "written": self.written}
            self.rows.append({**row, "values": dict(values)})
            self.overfits |= self.overfitting.begins(split, values)
        self._hurry(split)

    def _hurry(self, kind: str) -> None:
        if kind not in self.told:
            self.told.add(kind)
            self.news.set()

    def note(self, message: str, **args: Any) -> None:
        told = {"message": message, "args": args}
        self.beside.note(message, **args)
        if told not in self.notes:  # an attempt after an interruption says it once more
            with self.lock:
                self.notes.append(told)
                self.columns["notes"] = self.notes

    def check(self) -> None:
        if self.wish:
            raise Stopped

    def flush(self) -> None:
        """Write what is new; what cannot be written now is kept for the next time."""
        with self.writing:
            with self.lock:
                columns, self.columns = self.columns, {}
                rows, self.rows = self.rows, []
            try:
                if rows:
                    metric_rows.add(_last_of_each(rows))
                    rows = []
                self.wish = queue.beat(self.run.id, **columns)
                if self.overfits:
                    notices.overfits(self.run.owner, self.run.id)
                    self.overfits = False
                self.unheard = False
            except DBAPIError as error:
                if not self.unheard:
                    log.error("The store could not be written; it is tried again: %s", outages.cause(error))
                self.unheard = True
                with self.lock:
                    self.columns = {**columns, **self.columns}
                    self.rows = rows + self.rows

    @contextmanager
    def beating(self) -> Iterator[None]:
        """While this lasts the store hears that the run lives, and how the machine does."""
        thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            self.news.set()
            thread.join()
            self.flush()

    def _beat(self) -> None:
        while not self.over.is_set():
            self.news.wait(PERIOD)
            self.news.clear()
            if sample := self.sampler.sample():
                self.metrics("machine", *sample)
                self._weigh()
            self.flush()

    def _weigh(self) -> None:
        """Tell what the run takes of its card."""
        found = placement.corrected(self.gpu_memory, memory.taken_of_card(), validated="validation" in self.told)
        if found != self.gpu_memory:
            with self.lock:
                self.gpu_memory = self.columns["gpu_memory"] = found


def _last_of_each(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each split and step: an upsert may not name the same row twice."""
    return list({(row["split"], row["step"]): row for row in rows}.values())
