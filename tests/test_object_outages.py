"""Object storage that is away meanwhile: runs go on, and what was made or deleted gets there later."""

from __future__ import annotations

import shutil
import threading
import time

import pytest
from stored_hosts import CASE, contents, left_of, lost
from workshop import done, queued

from models.storage.object_store import StoreUnreachable
from runs import paths
from runs.store import dataset_deletion, folders, lifecycle, objects, queue, records
from runs.worker import object_sync, object_upkeep
from runs.worker.reporter import StoreReporter


def messages(run):
    return [note["message"] for note in run.notes or []]


def test_a_server_that_is_killed_costs_nothing_and_who_stops_a_run_that_waits_for_it_has_it_done(
    hosts, materials, object_storage, learnt, undisturbed
):
    class Outage(StoreReporter):
        """The server is killed at the first steps of the training, and starts again once the run has said that it is
        away; while the bundle is made it is killed again, and the run is stopped when it waits for it."""

        now, killed = "", False

        def progress(self, what, done, total, **more):
            if what == "training" and not self.killed:
                self.killed = True
                object_storage.kill()
            super().progress(what, done, total, **more)

        def phase(self, name):
            super().phase(name)
            self.now = name
            if name == "evaluating":
                while not any(note["message"] == object_sync.AWAY for note in self.notes):
                    time.sleep(0.02)
                object_storage.start()
            if name == "exporting":
                object_storage.kill()

        def note(self, message, **args):
            super().note(message, **args)
            waits = threading.current_thread() is threading.main_thread()  # pushing checkpoints lets the run go on
            if (message, self.now, waits) == (object_sync.AWAY, "exporting", True):
                lifecycle.ask_to_stop(self.run.id, "local")
                self.flush()

    run = done(queued(materials, CASE), Outage)
    assert run.status == "done" and run.packed and learnt(run) == undisturbed
    assert messages(run).count(object_sync.AWAY) == 1
    assert objects.row(objects.of_run(run.id)).owed is not None
    here = contents(paths.run(run.id) / "bundle")
    object_storage.start()
    object_upkeep.settle(sweep=False)
    hosts.at("elm")
    assert here and contents(folders.run(run.id) / "bundle") == here


def test_where_the_server_stays_away_what_was_made_or_deleted_gets_there_and_to_every_host_later(
    hosts, materials, object_storage, monkeypatch
):
    monkeypatch.setattr(object_sync, "PATIENCE", 0.0)
    identity = queued(materials, CASE, epochs=1)
    object_upkeep.settle(sweep=True)
    object_storage.kill()
    run = done(identity)
    assert run.status == "done" and object_sync.LATER in messages(run)
    with pytest.raises(StoreUnreachable):
        object_upkeep.settle(sweep=False)
    assert objects.row(objects.of_run(identity)).owed is not None
    object_storage.start()
    object_upkeep.settle(sweep=False)
    assert objects.owed(time.time()) == []
    here = contents(paths.run(identity) / "bundle")
    hosts.at("elm")
    assert contents(folders.run(identity) / "bundle") == here and folders.dataset(run.dataset).exists()

    hosts.at("oak")
    object_storage.kill()
    lifecycle.discard(identity, "local")
    for one in queue.discarded():
        lifecycle.forget(one.id)
    dataset_deletion.remove("local", run.dataset)
    with pytest.raises(StoreUnreachable):
        object_upkeep.settle(sweep=False)
    object_storage.start()
    monkeypatch.setattr(object_upkeep, "LATE", -1.0)
    object_upkeep.settle(sweep=False)
    assert object_storage.objects("datasets") == object_storage.objects(f"runs/{identity}") == objects.to_delete() == []
    hosts.at("elm")
    object_upkeep.settle(sweep=True)
    assert not (paths.datasets() / run.dataset).exists() and not (paths.home() / "runs" / identity).exists()


def test_of_what_was_deleted_elsewhere_a_host_keeps_nothing_whether_it_had_pushed_it_or_not(
    hosts, materials, monkeypatch
):
    pushed, begun = (queued(materials, CASE) for _ in range(2))
    dataset = records.run(pushed, "local").dataset
    object_upkeep.settle(sweep=True)
    hosts.at("elm")
    for one in (pushed, begun):
        (paths.logs() / f"{one}.log").write_text("begun\n")
    lost(pushed)
    (paths.run(begun) / "ray_job").write_text("made here, and never pushed")
    (paths.home() / f"stored/runs/{begun}.partial").mkdir(parents=True)  # `pushed` may have been killed before its note
    (paths.home() / f"stored/runs/{begun}.json.partial").write_text("being written when the host was killed")
    assert list(paths.cache().glob(f"*/{dataset}"))
    shutil.copytree(next(paths.cache().glob(f"*/{dataset}")), paths.cache() / f"people/ann/features/{dataset}")
    hosts.at("oak")
    objects.owe(objects.of_run(begun))
    for one in (pushed, begun):
        lifecycle.discard(one, "local")
        lifecycle.forget(one)
    dataset_deletion.remove("local", dataset)
    assert left_of(pushed, begun, dataset) == []
    hosts.at("elm")
    assert len(left_of(pushed, begun, dataset)) > 6
    object_upkeep.settle(sweep=False)
    assert left_of(pushed, begun, dataset) == []
