"""A disk or a database that fails is said in one calm sentence; a run waits, and nobody reads SQL."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time

import pytest
import workshop

from models.errors import InputError
from models.progress import NullReporter
from runs import paths
from runs.jobs import data_import
from runs.language import LANGUAGES, say_error
from runs.store import database, dataset_rows, queue, records, upload_rows
from runs.worker import worker
from runs.worker.reporter import StoreReporter

LEAKS = ("SQL", "UPDATE ", "INSERT ", "SELECT ", "Traceback", "sqlalche", "sqlite3", "casebook.db'")


def clean(text):
    return not [leak for leak in LEAKS if leak in text]


@pytest.fixture
def queued(materials, home):
    """A short training that waits."""
    return workshop.queued(materials, "image_recognition", epochs=1, mode="head")


class Locking(NullReporter):
    """Another program holds the database from when each phase begins, for longer than it is waited for at first."""

    def __init__(self):
        self.threads, self.phases = [], []

    def phase(self, name):
        held = threading.Event()
        self.phases.append(name)
        self.threads.append(threading.Thread(target=self.hold, args=(held,)))
        self.threads[-1].start()
        assert held.wait(30)

    def hold(self, held):
        other = sqlite3.connect(paths.home() / "casebook.db", timeout=30)
        other.execute("BEGIN IMMEDIATE")
        held.set()
        time.sleep(0.7)
        other.rollback()
        other.close()

    def join(self):
        for thread in self.threads:
            thread.join()


@pytest.fixture
def hasty(monkeypatch):
    """The database is waited for shortly, so that a test need not hold it for long."""
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    monkeypatch.setattr(database, "patience", 0.2)


def test_a_run_waits_for_a_database_that_is_locked_in_any_phase(hasty, queued):
    locking, run = Locking(), queue.claim(["fine_tune"], 0)
    worker.work(run, StoreReporter(run, locking))
    locking.join()
    run = records.run(queued, "local")
    assert (run.status, run.error) == ("done", None)
    assert locking.phases == ["preparing", "training", "evaluating", "exporting"]
    assert run.result["test"] and run.facts["counts"]


class Short(NullReporter):
    """Memory runs out as soon as a phase begins."""

    def __init__(self, phase):
        self.wanted = phase

    def phase(self, name):
        if name == self.wanted:
            raise MemoryError


@pytest.mark.parametrize("phase", ["preparing", "training", "evaluating", "exporting"])
def test_memory_that_runs_out_in_any_phase_is_named_with_what_helps(queued, phase):
    run = queue.claim(["fine_tune"], 0)
    worker.work(run, StoreReporter(run, Short(phase)))
    run = records.run(queued, "local")
    assert run.status == "failed"
    assert run.error["resumable"]
    assert str(InputError.from_json({**run.error})) == (
        "Memory ran out. Memory must hold the model and one batch. Choose a smaller model or batch size, or close "
        "other programs, then resume; progress is kept."
    )
    assert bool(run.result) == (phase == "exporting")


def test_what_a_run_reads_or_brings_waits_too(hasty, materials, home):
    archive = materials["image_recognition"][1]
    identity = records.new_id()
    shutil.copyfile(archive, paths.uploads() / identity)
    upload_rows.add("local", identity, archive.name, archive.stat().st_size, data_import.sha256_of(archive))
    made = records.create_run("local", "read", "image_recognition", "noise", parts=[{"upload": identity, "split": ""}])
    locking, run = Locking(), queue.claim(["read"], 0)
    worker.work(run, StoreReporter(run, locking))
    locking.join()
    run = records.run(made, "local")
    assert (run.status, run.error) == ("done", None)
    assert dataset_rows.by_id(run.dataset, "local")


def test_no_failure_that_is_stored_shows_sql(hasty, queued, monkeypatch):
    monkeypatch.setattr(database, "LONG", 0.2)

    class Breaking(NullReporter):
        """As where a table is damaged."""

        def phase(self, name):
            if name == "evaluating":
                with database.engine().begin() as db:
                    db.exec_driver_sql("INSERT INTO metrics VALUES ('a secret of theirs')")

    run = queue.claim(["fine_tune"], 0)
    worker.work(run, StoreReporter(run, Breaking()))
    told = InputError.from_json(records.run(queued, "local").error)
    assert records.run(queued, "local").status == "failed"
    assert clean(str(told)) and "secret" not in str(told)
    for language in LANGUAGES:
        assert clean(say_error(language, told.as_json()))
