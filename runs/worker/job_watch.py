"""A run that the Ray cluster does, followed from here: submitted as a job, asked about every few seconds, stopped.

The worker on the cluster writes into the same store as everywhere, and hears there that it is to stop. From here comes
what it cannot do: it is submitted, and where its job is over and the run is not, somebody is told.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import TypeVar

from models.errors import InputError
from models.progress import ProgressReporter
from runs import paths
from runs.cluster import jobs, nodes, programs
from runs.cluster.jobs import Job, NoAnswer, Wanted
from runs.cluster.nodes import Share
from runs.store import metric_rows, objects, queue, records
from runs.store.records import Run

EVERY = 2.0  # seconds between two questions
FILE = "ray_job"  # in the run's folder: the id of the job that was submitted last
TAIL = 4000  # characters of what a job wrote
log = logging.getLogger(__name__)
T = TypeVar("T")


class Retold:
    """Tells a report what a run has told the store since it was asked last."""

    def __init__(self, run: Run, report: ProgressReporter) -> None:
        self.run, self.report = run, report
        self.phase, self.written = run.phase, metric_rows.last_written(run.id)

    def __call__(self) -> None:
        now = records.run(self.run.id, self.run.owner)
        if now is None:  # discarded in the browser
            return
        if now.phase and now.phase != self.phase:
            self.report.phase(now.phase)
        self.phase = now.phase
        for row in metric_rows.after(now, self.written):
            self.report.metrics(row["split"], row["step"], row["values"])
            self.written = row["written"]


def job_of(run: str) -> str:
    """The id of the job that was submitted last for a run; empty where none was."""
    try:
        return (paths.run(run) / FILE).read_text()
    except FileNotFoundError:
        return ""


def follow(run: Run, look: Callable[[], None] = lambda: None) -> Job:
    """Submit a run, unless a job of it is at work already, and return its job once that is over.

    Args:
        look: called every few seconds.

    Raises:
        InputError: the cluster refuses it.
    """
    job = _at_work(run) or _submitted(run)
    while not job.over or job.never_began:
        if job.never_began:  # Ray lets a job wait for a quarter of an hour
            job = _submitted(run)
        if queue.beat(run.id) and job.waits:
            stop(run.id)
        look()
        time.sleep(EVERY)
        job = _found(run, job.id)
    if job.status != "SUCCEEDED":
        log.warning("The Ray job %s is over: %s %s", job.id, job.status, job.message)
        _tell_what_it_wrote(job)
    return job


def _tell_what_it_wrote(job: Job) -> None:
    """Before it began to write into the log of its run, as where its host has no such interpreter."""
    try:
        written = jobs.output(job.id).strip()
    except (NoAnswer, InputError):  # it went with its host
        return
    if written:
        log.warning("It wrote: %s", written[-TAIL:])


def stop(run: str) -> None:
    """End the job of a run, where the cluster answers."""
    try:
        jobs.stop(job_of(run))
    except NoAnswer as error:
        log.warning("The Ray job of run %s could not be stopped: %s", run, error)


def command(run: Run, share: Share) -> str:
    """What a host of the cluster is to do."""
    room = ("--processes", str(run.processes), "--cpus", str(share.cpus), "--gpus", str(share.gpus))
    return programs.command("runs.worker.on_ray", run.id, *room)


def _at_work(run: Run) -> Job | None:
    """The job of a run that was followed before: whoever did is gone, and the job is not.

    One from before the run was stopped and resumed is about to end; it is waited for, and not gone on with.
    """
    job = _found(run, known) if (known := job_of(run.id) or _submitted_elsewhere(run)) else None
    while job is not None and not job.over and run.attempt <= 1:
        stop(run.id)
        _wait(run)
        job = _found(run, job.id)
    return None if job is None or job.over else job


def _submitted_elsewhere(run: Run) -> str:
    """The id of a job that the agent of another home has submitted; noted here where there is one."""
    identity = _patiently(run, lambda: jobs.newest(_called(run))) if objects.url() else ""
    if identity:
        (paths.run(run.id) / FILE).write_text(identity)
    return identity


def _called(run: Run) -> str:
    """How the ids of its jobs begin."""
    return f"casebook-{run.id}-"


def _submitted(run: Run) -> Job:
    """A job of its own for each process that is to train together asks for room by itself, see `runs.worker.on_ray`."""
    share = nodes.share(_patiently(run, nodes.alive), run.processes)
    own = share if run.processes == 1 else Share(0, 0)
    wanted = Wanted(command(run, share), programs.environment(share.cpus), own.cpus, own.gpus)
    while True:
        identity = f"{_called(run)}{secrets.token_hex(4)}"
        (paths.run(run.id) / FILE).write_text(identity)  # before: it is found again whatever happens
        try:
            jobs.submit(identity, wanted)
        except NoAnswer as error:
            log.warning("The run could not be submitted: %s", error)
        job = _found(run, identity)
        if job.status != "LOST":
            return job
        _wait(run)


def _found(run: Run, job: str) -> Job:
    return _patiently(run, lambda: jobs.find(job))


def _patiently(run: Run, asked: Callable[[], T]) -> T:
    """The cluster's answer, however long it is away."""
    away = False
    while True:
        try:
            return asked()
        except NoAnswer as error:
            if not away:
                log.warning("The Ray cluster does not answer; it is asked again: %s", error)
            away = True
        _wait(run)


def _wait(run: Run) -> None:
    queue.beat(run.id)
    time.sleep(EVERY)
