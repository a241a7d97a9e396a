"""Claims queued runs on this host, takes up dead ones, sees that stops are heard: `python -m runs.agent`.

One a host and home; a second one leaves at once. With `--follow PID` it leaves when that process (the app) is gone
and nothing is left to do. Runs do not need it to live: they report by themselves.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from sqlalchemy.exc import OperationalError

from runs import files, machine, queue, store, worker
from runs.kinds import KINDS, LANES, in_lane
from runs.launchers import LAUNCHERS, local
from runs.store import Run

PERIOD = 0.2
TERMINATE_AFTER, KILL_AFTER = 10.0, 15.0  # seconds after a stop was asked for
LEAVE_AFTER = 20.0  # seconds without app and work

log = logging.getLogger(__name__)


class Agent:
    def __init__(self) -> None:
        self.host = socket.gethostname()
        self.children: dict[str, BaseProcess] = {}
        self.slots = {"interactive": 1, "lengthy": 1, "training": max(1, len(machine.gpus()))}

    def step(self) -> bool:
        """One round; returns whether anything runs or waits."""
        here = queue.running(self.host)
        self._reap(here)
        self._take_over_from_silent_hosts()
        for one in queue.discarded():
            store.forget(one.id)
        here = queue.running(self.host)
        for lane in LANES:
            self._claim(lane, here)
        return bool(here) or queue.anything_waiting()

    def _reap(self, here: list[Run]) -> None:
        """Runs of this host whose process is gone are taken up again; those that do not heed a stop are ended."""
        for one in here:
            child = self.children.get(one.id)
            if child is not None and not child.is_alive():
                child.join()
                del self.children[one.id]
            if not queue.alive(one):
                worker.keep_the_best(one, one.stop)
                queue.died(one)
            elif one.stop:
                self._insist(one)

    def _insist(self, one: Run) -> None:
        asked = time.time() - one.stop_asked
        if one.pid and asked > TERMINATE_AFTER:
            with suppress(psutil.NoSuchProcess):  # it has just ended by itself
                process = psutil.Process(one.pid)
                process.kill() if asked > KILL_AFTER else process.terminate()

    def _take_over_from_silent_hosts(self) -> None:
        for one in queue.running():
            if one.host != self.host and time.time() - one.beat > queue.STALE:
                queue.died(one)

    def _claim(self, lane: str, here: list[Run]) -> None:
        taken = {one.slot for one in here if KINDS[one.kind].lane == lane}
        for slot in set(range(self.slots[lane])) - taken:
            one = queue.claim(in_lane(lane), slot)
            if one is None:
                return
            log.info("Run %s (%s), attempt %s.", one.id, one.kind, one.attempt)
            self.children[one.id] = LAUNCHERS[one.launcher].start(one.id, slot)


def lock() -> FileLock:
    return FileLock(files.home() / f"agent-{socket.gethostname()}.lock")


def ensure() -> None:
    """Start an agent that follows this process, unless the host has one."""
    try:
        with lock().acquire(timeout=0):
            pass
    except Timeout:
        return
    with (files.logs() / "agent.log").open("ab") as output:
        subprocess.Popen(
            [sys.executable, "-m", "runs.agent", "--follow", str(os.getpid())],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "CASEBOOK_HOME": str(files.home()), "OMP_WAIT_POLICY": "PASSIVE"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def serve(follow: int | None) -> None:
    """Work until there is nothing more to do for anyone."""
    local.warm_up()
    files.keep_ballast()
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
    except OperationalError:  # the disk is full, or the database is away for a while: neither is a reason to leave
        log.exception("The store could not be asked; it is tried again.")
        return True


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--follow", type=int, help="leave when this process is gone and nothing is left to do")
    follow = parser.parse_args().follow
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: waiting threads must not spin
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # before torch: large tensors lie in large pages
    try:
        with lock().acquire(timeout=0):
            serve(follow)
    except Timeout:
        log.info("This host has an agent already.")


if __name__ == "__main__":
    main()
