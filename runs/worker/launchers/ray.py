"""The Ray cluster does the run; a process of this host submits it and follows it, and ends as its job ends."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.process import BaseProcess

from models.errors import InputError
from runs.logs import lines
from runs.store import database, queue
from runs.store.records import Run
from runs.worker import job_watch, shortage
from runs.worker.launchers import local


def start(identity: str, _slot: int) -> BaseProcess:
    process = local.context().Process(target=_run, args=(identity, dict(os.environ)))
    process.start()
    return process


def _run(identity: str, given: dict[str, str]) -> None:
    os.environ.update(given)
    local.detach(identity)
    lines.begin("worker", identity)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    run = queue.sign_in(identity)
    try:
        with database.waiting_long():
            _follow(run)
    except SystemExit:
        if queue.beat(identity):  # else it is this host that is shut down: the job goes on, and is found again
            job_watch.stop(identity)
        raise


def _follow(run: Run) -> None:
    try:
        job = job_watch.follow(run)
    except InputError as error:
        queue.end(run.id, "failed", error=error.as_json())
        return
    if job.ran_out_of_memory:
        shortage.note(run.id)
    if job.status != "SUCCEEDED":
        os._exit(1)  # not by `SystemExit`: the agent is to take the run up again
