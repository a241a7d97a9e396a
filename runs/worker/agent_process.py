"""The process of an agent: `python -m runs.agent`.

One a host and home; a second one leaves at once. With `--follow PID` it leaves when that process (the app) is gone
and nothing is left to do, and at once when it is asked to by SIGTERM. Runs do not need it to live: they report by
themselves, and the next agent finds them.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from sqlalchemy.exc import SQLAlchemyError

from runs import outages, paths
from runs.store import agents, database, folders
from runs.store.changes import Changes
from runs.worker.agent import Agent
from runs.worker.launchers import local

PERIOD = 0.2  # seconds between two rounds where something runs here
ANYWAY = 5.0  # seconds until a round is made though nothing runs here and nothing was written: hosts fall silent
AGAIN = 1.0  # seconds until a store that did not answer is asked once more
LAST_WORDS = 5.0  # seconds that a round may last once it is told to leave
LEAVE_AFTER = 20.0  # seconds without app and work

log = logging.getLogger(__name__)
_started: subprocess.Popen[bytes] | None = None  # by this process; on a busy machine it takes a while to take the lock


def lock() -> FileLock:
    return FileLock(paths.home() / f"agent-{socket.gethostname()}.lock")


def ensure() -> None:
    """Start an agent that follows this process, unless the host has one, or one that was started is on its way."""
    global _started
    if _started is not None and _started.poll() is None:
        return
    try:
        with lock().acquire(timeout=0):
            pass
    except Timeout:
        return
    except OSError:  # the disk of the home is away; pages say so
        log.exception("No agent can be started.")
        return
    with (paths.logs() / "agent.log").open("ab") as output:
        _started = subprocess.Popen(
            [sys.executable, "-m", "runs.agent", "--follow", str(os.getpid())],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "CASEBOOK_HOME": str(paths.home()), "OMP_WAIT_POLICY": "PASSIVE"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def serve(follow: int | None, leaving: threading.Event) -> None:
    """Work until there is nothing more to do for anyone, or until it is told to leave; runs go on without it."""
    local.warm_up()
    paths.keep_ballast()
    agent, changes, idle_since = Agent(), Changes(), time.monotonic()
    while not leaving.is_set():
        if _round(agent) or follow is None or psutil.pid_exists(follow):
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > LEAVE_AFTER:
            break
        if agent.away or agent.busy:
            leaving.wait(AGAIN if agent.away else PERIOD)
        else:
            _wait(changes, leaving)


def _leave(leaving: threading.Event) -> None:
    """At the end of the round, or where that lasts, as when the first run waits for its libraries, in a few seconds."""
    leaving.set()
    last = threading.Timer(LAST_WORDS, _end)
    last.daemon = True
    last.start()


def _end() -> None:
    with suppress(SQLAlchemyError, OSError):  # its row counts for some seconds only
        agents.leave()
    logging.shutdown()
    os._exit(0)  # else multiprocessing would wait here for the runs to end


def _wait(changes: Changes, leaving: threading.Event) -> None:
    try:
        changes.wait(ANYWAY, leaving)
    except (SQLAlchemyError, OSError):  # the next round meets the same, and says so
        leaving.wait(AGAIN)


def _round(agent: Agent) -> bool:
    before, agent.away = agent.away, False
    try:
        agent.beat()
        return agent.step()
    except (SQLAlchemyError, OSError) as error:  # the disk or the database is away for a while: no reason to leave
        if not outages.told(error):
            raise
        if not before:
            log.error("The store could not be asked; it is tried again: %s", outages.cause(error))
        agent.away = True
        return True


def main() -> None:
    parser = argparse.ArgumentParser(description="Claim queued runs on this host and start a process for each.")
    parser.add_argument("--follow", type=int, help="leave when this process is gone and nothing is left to do")
    follow = parser.parse_args().follow
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: waiting threads must not spin
    os.environ.setdefault(
        "ARROW_DEFAULT_MEMORY_POOL", "system"
    )  # its own reserves a gigabyte, which would count as held
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # before torch: large tensors lie in large pages
    if lacking := database.lacking() or folders.lacking():
        sys.exit(f"error: {lacking}")
    leaving = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: _leave(leaving))
    try:
        with lock().acquire(timeout=0):
            serve(follow, leaving)
    except Timeout:
        log.info("This host has an agent already.")
    _end()
