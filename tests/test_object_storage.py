"""Hosts with homes of their own share data sets, checkpoints and bundles by object storage, which may be away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from dataclasses import asdict
from zipfile import ZipFile

import pytest
from workshop import FORKS, done, killed_by, queued

from models.storage import manifest, object_folder
from models.storage.manifest import Piece
from models.storage.object_store import ObjectStore, StoreUnreachable
from runs import integrity, paths
from runs.api import bundle_zip
from runs.backup import pack, unpack
from runs.jobs import data_import
from runs.kinds import in_lane
from runs.store import (
    dataset_deletion,
    dataset_rows,
    datasets,
    folders,
    lifecycle,
    objects,
    queue,
    records,
    upload_rows,
)
from runs.worker import object_sync, object_upkeep, worker
from runs.worker.reporter import StoreReporter

CASE = "image_recognition"


@pytest.fixture
def shelf(tmp_path):
    """Object storage of another kind: a folder."""
    return ObjectStore(f"file://{tmp_path}/shelf")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "folder"
    (made / "below").mkdir(parents=True)
    (made / "large").write_bytes(b"large" * object_folder.SMALL)
    (made / "below/small").write_text("small")
    (made / "empty").write_text("")
    return made


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def contents(folder):
    return {name: (folder / name).read_bytes() for name in names(folder)}


def fetched(store, content, into, beside):
    files = manifest.parsed(object_folder.read(store, "place", manifest.digest(content)))
    object_folder.fetch(store, "place", files, into, beside)
    return files


def test_a_folder_comes_back_as_it_was(shelf, folder, tmp_path):
    content = object_folder.push(shelf, "place", folder, names(folder), {})
    fetched(shelf, content, tmp_path / "back", tmp_path / "nothing")
    assert contents(tmp_path / "back") == contents(folder)
    assert (tmp_path / "back/large").stat().st_mtime_ns == (folder / "large").stat().st_mtime_ns


def test_a_second_push_copies_only_what_is_new(shelf, folder):
    known = manifest.parsed(object_folder.push(shelf, "place", folder, names(folder), {}))
    before = set(shelf.below("place"))
    (folder / "more").write_text("more")
    object_folder.push(shelf, "place", folder, names(folder), known)
    assert len(set(shelf.below("place")) - before) == 2  # the new file and the manifest


def test_many_small_files_share_few_objects(shelf, tmp_path):
    (tmp_path / "many").mkdir()
    for number in range(300):
        (tmp_path / "many" / str(number)).write_text(str(number))
    object_folder.push(shelf, "place", tmp_path / "many", names(tmp_path / "many"), {})
    assert len(shelf.below("place")) == 2


def test_an_object_that_was_changed_is_not_taken(shelf, folder, tmp_path):
    content = object_folder.push(shelf, "place", folder, names(folder), {})
    for key in shelf.below("place"):
        if not key.endswith(".json"):
            shelf.write(key, b"other" * object_folder.SMALL)
    with pytest.raises(ValueError, match="written"):
        fetched(shelf, content, tmp_path / "back", tmp_path / "nothing")


@pytest.mark.parametrize("name", ["../out", "/out", "below/../../out", "C:\\out", "..\\out", "C:out", "", ".", "a\0b"])
def test_a_manifest_that_leads_out_of_its_folder_is_refused(name):
    digest = manifest.digest(b"")
    told = json.dumps({name: asdict(Piece(digest, 0, 0, digest, 0))}).encode()
    with pytest.raises(ValueError, match="does not lie in its folder"):
        manifest.parsed(told)


@pytest.mark.parametrize("told", [b"", b"[]", b'{"a": 1}', b'{"a": {}}', b"\xff"])
def test_what_is_no_manifest_is_refused(told):
    with pytest.raises(ValueError, match="no manifest"):
        manifest.parsed(told)


def test_an_object_elsewhere_is_not_asked_for():
    piece = {"object": "../../other", "offset": 0, "size": 1, "sha256": "0" * 64, "modified": 0}
    with pytest.raises(ValueError, match="Where the bytes"):
        manifest.parsed(json.dumps({"a": piece}).encode())


def test_without_object_storage_nothing_is_noted(home):
    objects.owe("runs/one")
    assert objects.every() == [] and objects.home_of("read") is None and objects.taken_here() == []


# What follows speaks S3.


class Hosts:
    """Two hosts with one database and object storage, each with a home of its own; this process is one at a time."""

    def __init__(self, tmp_path, monkeypatch, lay):
        self.tmp_path, self.monkeypatch, self.lay = tmp_path, monkeypatch, lay

    def at(self, name):
        home = self.tmp_path / name
        self.monkeypatch.setenv("CASEBOOK_HOME", str(home))
        self.lay(paths.home())


@pytest.fixture
def hosts(object_storage, tmp_path, monkeypatch, tokens_at_hand):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/shared.db")
    monkeypatch.setattr(object_sync, "FIRST", 0.1)
    monkeypatch.setattr(object_sync, "LONGEST", 0.5)
    monkeypatch.setattr(object_sync, "LOOK", 0.1)
    monkeypatch.setattr(object_upkeep, "SETTLED", -1.0)
    made = Hosts(tmp_path, monkeypatch, tokens_at_hand)
    made.at("oak")
    return made


def read(materials):
    """Queue a reading as the upload route does, and do it here."""
    archive = materials[CASE][1]
    identity = records.new_id()
    (paths.uploads() / identity).write_bytes(archive.read_bytes())
    upload_rows.add("local", identity, archive.name, archive.stat().st_size, data_import.sha256_of(archive))
    parts = [{"upload": identity, "split": ""}]
    run = done(records.create_run("local", "read", CASE, archive.name, parts=parts))
    object_upkeep.settle(sweep=False)
    return run


def test_a_data_set_that_one_host_has_read_is_opened_by_another(hosts, materials):
    run = read(materials)
    assert run.status == "done", run.error
    here = contents(datasets.folder(run.dataset))
    hosts.at("elm")
    assert not (paths.datasets() / run.dataset).exists()
    dataset = datasets.opened(dataset_rows.by_id(run.dataset, "local"))
    assert len(dataset.samples) and contents(dataset.folder) == here


def test_data_that_were_read_are_pushed_at_once_for_no_run_does_it(hosts, materials, monkeypatch):
    monkeypatch.setattr(object_upkeep, "SETTLED", 3600.0)
    assert objects.row(objects.of_dataset(read(materials).dataset)).manifest


def test_a_run_whose_data_another_host_has_yet_to_push_says_that_it_waits_for_them(hosts, materials, monkeypatch):
    monkeypatch.setattr(object_sync, "PATIENCE", 0.0)
    identity = queued(materials, CASE)
    objects.owe(objects.of_dataset(records.run(identity, "local").dataset))
    hosts.at("elm")
    run = done(identity)
    assert run.status == "failed" and run.error["resumable"]
    assert [note["message"] for note in run.notes] == [object_sync.NOT_YET]


def lost(identity):
    """Have a training begun by a process that is killed as soon as a checkpoint of it was pushed."""

    class Doomed(StoreReporter):
        def progress(self, what, done, total, **more):
            super().progress(what, done, total, **more)
            if what == "training" and list(paths.run(identity).glob("checkpoint-*/COMPLETE")):
                while not objects.row(objects.of_run(identity)).manifest:
                    time.sleep(0.05)
                os.kill(os.getpid(), signal.SIGKILL)

    killed_by(identity, Doomed)
    queue.died(records.run(identity, "local"))


@pytest.mark.skipif(not FORKS, reason="processes that are killed are forked")
def test_a_training_that_one_host_leaves_goes_on_at_another_from_its_checkpoint(hosts, materials, learnt):
    whole = done(queued(materials, CASE))
    assert whole.status == "done", whole.error
    unbroken = learnt(whole)
    identity = queued(materials, CASE)
    object_upkeep.settle(sweep=True)  # the data set was read aside of any run
    lost(identity)
    hosts.at("elm")
    seen = []

    class Looking(StoreReporter):
        def phase(self, name):
            seen.extend(path.parent.name for path in paths.run(identity).glob("checkpoint-*/COMPLETE"))
            super().phase(name)

    resumed = done(identity, Looking)
    assert seen, "It began anew."
    assert resumed.status == "done" and learnt(resumed) == unbroken


def test_a_bundle_that_one_host_made_is_downloaded_from_another(hosts, materials):
    run = done(queued(materials, CASE))
    here = contents(paths.run(run.id) / "bundle")
    hosts.at("elm")
    with ZipFile(bundle_zip.of(folders.run(run.id))) as packed:
        assert {name: packed.read(name) for name in packed.namelist() if not name.endswith("/")} == here
    assert integrity.of_model(run.id) is None and integrity.of_answers(run.id) is None


def test_where_files_change_faster_than_they_are_pushed_the_storage_is_not_blamed(hosts, materials):
    class Restless(StoreReporter):
        over = threading.Event()

        def phase(self, name):
            super().phase(name)
            if name == "training":
                threading.Thread(target=self.write, daemon=True).start()
            if name == "exporting":
                self.over.set()

        def write(self):
            while not self.over.wait(0.001):
                (paths.run(self.run.id) / "large").write_bytes(os.urandom(object_folder.SMALL))

    run = done(queued(materials, CASE), Restless)
    assert run.status == "done" and object_sync.AWAY not in [note["message"] for note in run.notes or []]


def on_cluster(materials):
    """A run that a host of the Ray cluster does, which has no agent."""
    pattern = records.run(queued(materials, CASE), "local")
    object_upkeep.settle(sweep=True)
    hosts_own = {"dataset": pattern.dataset, "settings": pattern.settings}
    return records.create_run("local", "fine_tune", CASE, "there", launcher="ray", **hosts_own)


def test_a_host_of_the_cluster_leaves_nothing_for_an_agent_to_push(hosts, materials):
    identity = on_cluster(materials)
    hosts.at("elm")
    assert done(identity).status == "done"
    assert objects.owed(time.time()) == []
    hosts.at("oak")
    assert not list(folders.run(identity).glob("checkpoint-*")) and (folders.run(identity) / "bundle").is_dir()


def test_what_was_learnt_on_the_cluster_until_it_was_stopped_is_packed_by_any_agent(hosts, materials):
    class Stopping(StoreReporter):
        def progress(self, what, done, total, **more):
            super().progress(what, done, total, **more)
            if what == "training" and done == total // 2:
                lifecycle.ask_to_stop(self.run.id, "local")
                self.flush()

    identity = on_cluster(materials)
    hosts.at("elm")
    assert done(identity, Stopping).status == "stopped"
    hosts.at("oak")
    kept = queue.claim(["keep"], 0)
    assert kept is not None and kept.subject == identity
    worker.work(kept)
    assert records.run(identity, "local").packed and (paths.run(identity) / "bundle").is_dir()


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
    (paths.home() / f"stored/runs/{begun}.partial").mkdir()
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


def left_of(*some):
    """What the home has of these runs and data sets, but for empty files that are locks."""
    found = (path.relative_to(paths.home()) for path in paths.home().rglob("*"))
    return [path for path in found if path.parts[0] != "locks" and any(one in path.name for one in some)]


def test_a_home_that_was_there_before_the_object_storage_is_pushed(hosts, materials, monkeypatch):
    url = objects.url()
    monkeypatch.delenv("CASEBOOK_STORE")
    run = read(materials)
    assert objects.every() == []
    monkeypatch.setenv("CASEBOOK_STORE", url)
    object_upkeep.settle(sweep=True)
    hosts.at("elm")
    assert (folders.dataset(run.dataset) / "facts.json").exists()


def test_what_a_person_brought_is_read_where_it_lies_and_trainings_run_anywhere(hosts, materials):
    archive = materials[CASE][1]
    reading = records.create_run("local", "read", CASE, archive.name, parts=[])
    training = records.create_run("local", "fine_tune", CASE, archive.name, dataset="d1", settings={})
    hosts.at("elm")
    assert queue.claim(in_lane("interactive"), 0) is None
    assert queue.claim(in_lane("training"), 0).id == training
    hosts.at("oak")
    assert queue.claim(in_lane("interactive"), 0).id == reading


def test_bytes_that_were_changed_in_the_storage_are_never_used(hosts, materials, object_storage):
    dataset = read(materials).dataset
    for path in object_storage.objects("datasets"):
        path.write_bytes(path.read_bytes()[::-1])
    hosts.at("elm")
    with pytest.raises(StoreUnreachable, match="damaged"):
        folders.dataset(dataset)
    assert not (paths.datasets() / dataset).exists()


def test_a_backup_holds_what_lies_in_the_object_storage_alone(hosts, materials, tmp_path, monkeypatch):
    dataset = read(materials).dataset
    object_upkeep.settle(sweep=True)
    hosts.at("elm")
    pack.pack(tmp_path / "all.tar")
    monkeypatch.delenv("CASEBOOK_STORE")
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "restored"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/restored.db")
    unpack.unpack(tmp_path / "all.tar")
    assert datasets.opened(dataset_rows.by_id(dataset, "local")) is not None and objects.every() == []


def test_an_address_that_nothing_can_open_is_refused_before_anything_begins(monkeypatch):
    assert folders.lacking() is None
    monkeypatch.setenv("CASEBOOK_STORE", "nonsense://box")
    assert "CASEBOOK_STORE" in folders.lacking().found
