"""Claims queued runs on this host, takes up dead ones, sees that stops are heard: `python -m runs.agent`.

One a host and home; a second one leaves at once. With `--follow PID` it leaves when that process (the app) is gone
and nothing is left to do. Runs do not need it to live: they report by themselves.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from sqlalchemy.exc import SQLAlchemyError

from models.errors import InputError
from runs import machine, outages, paths
from runs.kinds import KINDS, LANES, in_lane
from runs.limits import processes
from runs.store import database, queue, records
from runs.store.records import Run
from runs.worker import orphans, shortage, worker
from runs.worker.launchers import LAUNCHERS, local
from runs.worker.process_watch import Watch

PERIOD = 0.2
TERMINATE_AFTER, KILL_AFTER = 10.0, 15.0  # seconds after a stop was asked for
LEAVE_AFTER = 20.0  # seconds without app and work
YIELD_AFTER = 20.0  # seconds, then short work that has become long lets the next go ahead beside it
MOST_BESIDE = 3  # that have become long, and keep nobody waiting
END_TOLD = 10.0  # seconds in which the process that forks runs tells how one ended
SWEEP = 600.0  # seconds between two looks for what nobody needs any more
KILLED = -getattr(signal, "SIGKILL", 9)
FROM_OUTSIDE = (0, 1, -signal.SIGTERM, KILLED)  # how a process ends that may be started again

log = logging.getLogger(__name__)


class Agent:
    """Claims runs for this host, lane by lane, and looks after their processes."""

    def __init__(self) -> None:
        self.host = socket.gethostname()
        self.children: dict[str, BaseProcess] = {}
        self.killed: dict[str, int] = {}  # run → `machine.killed_for_memory` when its process began
        self.slots = {"interactive": 1, "lengthy": 1, "training": max(1, len(machine.gpus()))}
        self.watch, self.sweep_at = Watch(), 0.0

    def step(self) -> bool:
        """One round; returns whether anything runs or waits."""
        here = queue.running(self.host)
        self._reap(here)
        self._take_over_from_silent_hosts()
        for one in queue.discarded():
            records.forget(one.id)
        if time.monotonic() > self.sweep_at:
            self.sweep_at = time.monotonic() + SWEEP
            orphans.sweep()
        here = queue.running(self.host)
        for lane in LANES:
            self._claim(lane, here)
        return bool(here) or queue.anything_waiting()

    def _reap(self, here: list[Run]) -> None:
        """Runs of this host whose process is gone are taken up again; those that do not heed a stop, or take more
        than a reading may, are ended."""
        for one in here:
            child = self.children.get(one.id)
            if child is not None and not child.is_alive():
                child.join()
                del self.children[one.id]
            if not queue.alive(one):
                self._bury(one, child)
            elif one.stop:
                self._insist(one)
            elif error := self.watch.exceeded(one):
                self._end(one, error)

    def _bury(self, one: Run, child: BaseProcess | None) -> None:
        self.watch.forget(one.id)
        if child is not None and child.is_alive():  # it never signed in, or it is not told yet how it ended
            child.kill()
            child.join(END_TOLD)
        if KINDS[one.kind].reads and child is not None and child.exitcode not in FROM_OUTSIDE and not one.stop:
            self._fail(one, processes.brought_down())  # it would do so again
        else:
            worker.keep_the_best(one, one.stop)
            if child is not None and self._was_too_large(one, child):
                shortage.note(one.id)
            queue.died(one)
            if one.stop and KINDS[one.kind].reads and not KINDS[one.kind].resumes:
                orphans.of_ended(one)

    def _was_too_large(self, one: Run, child: BaseProcess) -> bool:
        """Whether its process was most likely killed for want of memory: the system counts such, or it is killed
        again."""
        if child.exitcode != KILLED or one.stop:
            return False
        return machine.killed_for_memory() > self.killed.get(one.id, 0) or one.attempt > 1

    def _end(self, one: Run, error: InputError) -> None:
        with suppress(psutil.NoSuchProcess):  # it has just ended by itself
            process = psutil.Process(one.pid)
            process.kill()
            process.wait(10)
        self.watch.forget(one.id)
        self._fail(one, error)

    def _fail(self, one: Run, error: InputError) -> None:
        log.warning("Run %s was ended: %s", one.id, error)
        queue.end(one.id, "failed", error=error.as_json())
        orphans.of_ended(one)

    def _insist(self, one: Run) -> None:
        asked = time.time() - (one.stop_asked or 0.0)
        if one.pid and asked > TERMINATE_AFTER:
            with suppress(psutil.NoSuchProcess):  # it has just ended by itself
                process = psutil.Process(one.pid)
                process.kill() if asked > KILL_AFTER else process.terminate()

    def _take_over_from_silent_hosts(self) -> None:
        for one in queue.running():
            if one.host != self.host and one.silence > queue.STALE:
                queue.died(one)

    def _claim(self, lane: str, here: list[Run]) -> None:
        for slot in self.free(lane, here):
            one = queue.claim(in_lane(lane), slot)
            if one is None:
                return
            log.info("Run %s (%s), attempt %s.", one.id, one.kind, one.attempt)
            self.killed[one.id] = machine.killed_for_memory()
            self.children[one.id] = LAUNCHERS[one.launcher].start(one.id, slot)

    def free(self, lane: str, here: list[Run]) -> list[int]:
        """Slots for more work beside what runs here; short work that takes long does not keep its slot from others."""
        taken = [one for one in here if KINDS[one.kind].lane == lane]
        long = [one for one in taken if lane == "interactive" and one.age > YIELD_AFTER]
        most = self.slots[lane] + min(len(long), MOST_BESIDE)
        return sorted(set(range(most)) - {one.slot for one in taken})[: max(0, most - len(taken))]


def lock() -> FileLock:
    return FileLock(paths.home() / f"agent-{socket.gethostname()}.lock")


def ensure() -> None:
    """Start an agent that follows this process, unless the host has one."""
    try:
        with lock().acquire(timeout=0):
            pass
    except Timeout:
        return
    except OSError:  # the disk of the home is away; pages say so
        log.exception("No agent can be started.")
        return
    with (paths.logs() / "agent.log").open("ab") as output:
        subprocess.Popen(
            [sys.executable, "-m", "runs.agent", "--follow", str(os.getpid())],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "CASEBOOK_HOME": str(paths.home()), "OMP_WAIT_POLICY": "PASSIVE"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def serve(follow: int | None) -> None:
    """Work until there is nothing more to do for anyone."""
    local.warm_up()
    paths.keep_ballast()
    agent, idle_since = Agent(), time.monotonic()
    while True:
        if _step(agent) or follow is None or psutil.pid_exists(follow):
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > LEAVE_AFTER:
            return
        time.sleep(PERIOD)


def _step(agent: Agent) -> bool:
    try:
        return agent.step()
    except (SQLAlchemyError, OSError) as error:  # the disk or the database is away for a while: no reason to leave
        if not outages.told(error):
            raise
        log.error("The store could not be asked; it is tried again: %s", outages.cause(error))
        return True


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--follow", type=int, help="leave when this process is gone and nothing is left to do")
    follow = parser.parse_args().follow
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: waiting threads must not spin
    os.environ.setdefault(
        "ARROW_DEFAULT_MEMORY_POOL", "system"
    )  # its own reserves a gigabyte, which would count as held
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # before torch: large tensors lie in large pages
    if lacking := database.lacking():
        sys.exit(f"error: {lacking}")
    try:
        with lock().acquire(timeout=0):
            serve(follow)
    except Timeout:
        log.info("This host has an agent already.")
