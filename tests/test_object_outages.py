"""Object storage that is away meanwhile: runs go on, and what was made or deleted gets there later."""

from __future__ import annotations

import shutil
import threading
import time

import pytest
from stored_hosts import CASE, contents, left_of, lost, read
from workshop import done, queued

from models.storage.object_store import StoreUnreachable
from runs import paths
from runs.store import dataset_deletion, dataset_rows, folders, lifecycle, objects, queue, records
from runs.worker import object_sync, object_upkeep
from runs.worker.reporter import StoreReporter


class Outage(StoreReporter):
    """The server is killed at the first steps of a training, and starts again once the run has said that it is away."""

    server = None
    away_at = back_at = None

    def progress(self, what, done, total, **more):
        if what == "training" and Outage.away_at is None:
            Outage.away_at = done
            Outage.server.kill()
        super().progress(what, done, total, **more)
        if what == "training" and Outage.back_at is None and self.has_said(object_sync.AWAY):
            Outage.back_at = done
            Outage.server.start()

    def has_said(self, message):
        return any(note["message"] == message for note in self.notes)

    def check(self):
        super().check()
        if Outage.back_at is None and self.has_said(object_sync.AWAY):
            Outage.back_at = "after training"
            Outage.server.start()


@pytest.fixture
def outage(object_storage, monkeypatch):
    monkeypatch.setattr(Outage, "server", object_storage)
    monkeypatch.setattr(Outage, "away_at", None)
    monkeypatch.setattr(Outage, "back_at", None)
    return Outage


def test_a_server_that_is_killed_while_a_run_trains_costs_nothing(hosts, materials, learnt, outage):
    whole = done(queued(materials, CASE))
    run = done(queued(materials, CASE), outage)
    assert outage.away_at is not None and outage.back_at is not None
    assert run.status == "done" and learnt(run) == learnt(whole)
    assert [note["message"] for note in run.notes].count(object_sync.AWAY) == 1
    kept = objects.row(objects.of_run(run.id))
    here = contents(paths.run(run.id) / "bundle")
    object_upkeep.settle(sweep=False)
    assert kept.manifest and here
    hosts.at("elm")
    assert contents(folders.run(run.id) / "bundle") == here


def test_where_the_server_stays_away_the_run_ends_and_its_agent_pushes_later(
    hosts, materials, object_storage, monkeypatch
):
    monkeypatch.setattr(object_sync, "PATIENCE", 0.0)
    identity = queued(materials, CASE)
    object_upkeep.settle(sweep=True)
    object_storage.kill()
    run = done(identity)
    assert run.status == "done" and object_sync.LATER in [note["message"] for note in run.notes]
    with pytest.raises(StoreUnreachable):
        object_upkeep.settle(sweep=False)
    assert objects.row(objects.of_run(identity)).owed is not None
    object_storage.start()
    object_upkeep.settle(sweep=False)
    assert objects.owed(time.time()) == []
    here = contents(paths.run(identity) / "bundle")
    hosts.at("elm")
    assert contents(folders.run(identity) / "bundle") == here


def test_a_person_who_stops_a_run_that_waits_for_the_server_has_it_done(hosts, materials, object_storage):
    class Stopping(StoreReporter):
        def phase(self, name):
            super().phase(name)
            if name == "exporting":
                object_storage.kill()

        def note(self, message, **args):
            super().note(message, **args)
            waits = threading.current_thread() is threading.main_thread()  # pushing checkpoints lets the run go on
            if message == object_sync.AWAY and waits:
                lifecycle.ask_to_stop(self.run.id, "local")
                self.flush()

    run = done(queued(materials, CASE), Stopping)
    assert run.status == "done" and run.packed and objects.row(objects.of_run(run.id)).owed is not None


def test_what_was_deleted_while_the_server_was_away_goes_later_and_from_every_host(
    hosts, materials, object_storage, monkeypatch
):
    dataset = read(materials).dataset
    identity = done(queued(materials, CASE)).id
    object_upkeep.settle(sweep=True)
    hosts.at("elm")
    assert folders.dataset(dataset).exists() and (folders.run(identity) / "bundle").exists()
    hosts.at("oak")
    object_storage.kill()
    lifecycle.discard(identity, "local")
    for one in queue.discarded():
        lifecycle.forget(one.id)
    for row in dataset_rows.all_of("local").values():
        dataset_deletion.remove("local", row.id)
    with pytest.raises(StoreUnreachable):
        object_upkeep.settle(sweep=False)
    object_storage.start()
    monkeypatch.setattr(object_upkeep, "LATE", -1.0)
    object_upkeep.settle(sweep=False)
    assert object_storage.objects("datasets") == object_storage.objects(f"runs/{identity}") == objects.to_delete() == []
    hosts.at("elm")
    object_upkeep.settle(sweep=True)
    assert not (paths.datasets() / dataset).exists() and not (paths.home() / "runs" / identity).exists()


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
