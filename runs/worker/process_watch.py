"""The processes of runs as their agent watches them: whether they live; of readings also how long they take and, where
no kernel does it, how much."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import psutil

from models.errors import InputError
from runs import paths
from runs.kinds import KINDS
from runs.limits import processes
from runs.store import queue, upload_rows
from runs.store.records import Run

BYTES_A_MINUTE = 100 * 10**6  # brought at once: a minute more for each


def room_of(run: Run) -> int:
    """Bytes of memory for this work, 0 for no limit. A model that it opens comes on top."""
    if not KINDS[run.kind].reads or not processes.memory():
        return 0
    return processes.memory() + processes.of_model(paths.home() / "runs" / str(run.subject) / "bundle")


class Watch:
    """Knows the processes of runs again, and measures those of readings against their limits of time and memory."""

    def __init__(self) -> None:
        self.processes: dict[str, psutil.Process] = {}  # run → the process that was seen to live
        self.news: dict[str, tuple[Any, float]] = {}  # run → what it told last, and when that was seen first
        self.idle: dict[str, int] = {}  # run → bytes it held when it was seen first
        self.allowed: dict[str, float] = {}  # run → seconds
        self.waited: dict[str, float] = {}  # run → seconds for which its process was starting when that was seen last
        self.known = (self.processes, self.news, self.idle, self.allowed, self.waited)

    def lives(self, run: Run) -> bool:
        """Whether its process lives. One that was seen before is known again also where the clock was set since: when a
        process began is reckoned from the time of now."""
        if not queue.alive(run):
            seen = self.processes.get(run.id)
            with suppress(psutil.NoSuchProcess):
                return seen is not None and seen.pid == run.pid and _is_at_work(seen)
            return False
        if run.pid is not None:
            with suppress(psutil.NoSuchProcess):  # it has just ended
                self.processes[run.id] = psutil.Process(run.pid)
        return True

    def exceeded(self, run: Run) -> InputError | None:
        """Why the process of a run has to be ended, if it has to."""
        if not KINDS[run.kind].reads or run.pid is None or run.pid_started is None:
            return None
        if run.starting:  # which takes long where the machine is busy, and is no reading
            self.waited[run.id] = time.time() - run.pid_started
            return None
        if processes.seconds() and self._at_it(run) > self._allowed(run):
            return processes.too_long(self._allowed(run))
        return processes.too_much() if not processes.KERNEL and self._has_grown(run) else None

    def keep(self, at_work: set[str]) -> None:
        """Forget all runs but these."""
        for known in self.known:
            for gone in known.keys() - at_work:
                del known[gone]

    def forget(self, identity: str) -> None:
        for known in self.known:
            known.pop(identity, None)

    def _at_it(self, run: Run) -> float:
        """Seconds since its process signed in; of lengthy work, which is meant to last, since it told anything new."""
        if KINDS[run.kind].lane == "interactive":
            return run.age - self.waited.get(run.id, 0.0)
        told, now = (run.attempt, run.phase, run.progress), time.monotonic()
        if run.id not in self.news or self.news[run.id][0] != told:
            self.news[run.id] = (told, now)
        return now - self.news[run.id][1]

    def _allowed(self, run: Run) -> float:
        if run.id not in self.allowed:
            uploads = upload_rows.by_ids(run.owner, [part["upload"] for part in run.parts])
            brought = sum(upload.bytes for upload in uploads.values())
            self.allowed[run.id] = processes.seconds() + 60 * (brought // BYTES_A_MINUTE)
        return self.allowed[run.id]

    def _has_grown(self, run: Run) -> bool:
        try:
            held = psutil.Process(run.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return False
        room = room_of(run)
        return bool(room) and held - self.idle.setdefault(run.id, held) > room


def _is_at_work(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
