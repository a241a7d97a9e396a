"""A home whose runs this process does itself, one after the other, and a process that is killed at a given moment."""

from __future__ import annotations

import multiprocessing
import os
import signal

from station import SHORT, case_of

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from models.progress import QUIET, Stopped
from runs.jobs import data_import
from runs.store import database, dataset_rows, queue, records
from runs.worker import worker
from runs.worker.reporter import StoreReporter

EPOCHS = 4  # of 7 or 8 steps each
FORKS = "fork" in multiprocessing.get_all_start_methods()


def queued(materials, case, **changed):
    """A run of `SHORT` that waits; its data are read where they are not there."""
    body, archive = materials[case]
    digest = archive.stem
    if dataset_rows.by_id(digest, "local") is None:
        data_import.into_dataset(case_of(case), [UploadedFile(archive, archive.name)], digest, QUIET)
        dataset_rows.add("local", digest, case_of(case), archive.stem, sample=False)
    chosen = {"model": str(body), **SHORT[case], "epochs": EPOCHS, **changed}
    settings = as_json(cases.get(case_of(case)).Settings(**chosen))
    return records.create_run("local", "fine_tune", case_of(case), archive.stem, dataset=digest, settings=settings)


def done(identity, reporter=StoreReporter):
    """The run, once its work was done here."""
    run = queue.claim_here(identity)
    worker.work(run, reporter(run))
    return records.run(identity, "local")


class UntilTrained(StoreReporter):
    """Ends a run after its training, where what comes then matters to no test."""

    def phase(self, name):
        super().phase(name)
        if name == "evaluating":
            raise Stopped


def killed_by(identity, reporter):
    """Have the work done by a process that this reporter kills."""

    def work():
        database.engine().dispose(close=False)  # connections are not shared with a parent
        done(identity, reporter)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def killed(identity, phase, what="", share=0.0):
    """Have the work done by a process that is killed in this phase, once this share of `what` was reported; the run
    waits again."""

    class Doomed(StoreReporter):
        now = ""

        def phase(self, name):
            super().phase(name)
            self.now = name
            self.meet("", 1.0)

        def progress(self, told, done, total, **more):
            super().progress(told, done, total, **more)
            self.meet(told, done / total)

        def meet(self, told, reached):
            if (self.now, told) == (phase, what) and reached >= share:
                os.kill(os.getpid(), signal.SIGKILL)

    killed_by(identity, Doomed)
    run = records.run(identity, "local")
    assert (run.status, run.phase) == ("running", phase)
    queue.died(run)
