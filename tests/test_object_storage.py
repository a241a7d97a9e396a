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


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def contents(folder):
    return {name: (folder / name).read_bytes() for name in names(folder)}


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


def left_of(*some):
    """What the home has of these runs and data sets, but for empty files that are locks."""
    found = (path.relative_to(paths.home()) for path in paths.home().rglob("*"))
    return [path for path in found if path.parts[0] != "locks" and any(one in path.name for one in some)]


def messages(run):
    return [note["message"] for note in run.notes or []]


def test_a_data_set_that_one_host_has_read_is_opened_by_another_backed_up_there_and_never_used_once_damaged(
    hosts, materials, object_storage, tmp_path, monkeypatch
):
    run = read(materials)
    assert run.status == "done", run.error
    here, row = contents(datasets.folder(run.dataset)), dataset_rows.by_id(run.dataset, "local")
    object_upkeep.settle(sweep=True)
    hosts.at("elm")
    assert not (paths.datasets() / run.dataset).exists()
    dataset = datasets.opened(row)
    assert len(dataset.samples) and contents(dataset.folder) == here

    hosts.at("ash")
    pack.pack(tmp_path / "all.tar")
    for path in object_storage.objects("datasets"):
        path.write_bytes(path.read_bytes()[::-1])
    hosts.at("fir")
    with pytest.raises(StoreUnreachable, match="damaged"):
        folders.dataset(run.dataset)
    assert not (paths.datasets() / run.dataset).exists()

    monkeypatch.delenv("CASEBOOK_STORE")
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "restored"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/restored.db")
    unpack.unpack(tmp_path / "all.tar")
    assert datasets.opened(row) is not None and objects.every() == []


def test_a_run_whose_data_another_host_has_yet_to_push_says_that_it_waits_for_them(hosts, materials, monkeypatch):
    monkeypatch.setattr(object_sync, "PATIENCE", 0.0)
    identity = queued(materials, CASE)
    objects.owe(objects.of_dataset(records.run(identity, "local").dataset))
    hosts.at("elm")
    run = done(identity)
    assert run.status == "failed" and run.error["resumable"]
    assert messages(run) == [object_sync.NOT_YET]


@pytest.mark.skipif(not FORKS, reason="processes that are killed are forked")
def test_a_training_goes_from_host_to_host_and_comes_to_the_same_numbers(hosts, materials, learnt, undisturbed):
    """It is killed at one host, and goes on from its checkpoint at a host of the Ray cluster, which has no agent; is
    stopped there and packed by the agent of the first, and resumed."""
    pattern = records.run(queued(materials, CASE), "local")
    same = {"dataset": pattern.dataset, "settings": pattern.settings}
    identity = records.create_run("local", "fine_tune", CASE, "there", launcher="ray", **same)
    objects.owe(objects.of_dataset(pattern.dataset))  # no agent has pushed it; its host dies before one does
    lost(identity)
    hosts.at("elm")
    seen = []

    class Stopping(StoreReporter):
        def phase(self, name):
            seen.extend(path.parent.name for path in paths.run(identity).glob("checkpoint-*/COMPLETE"))
            super().phase(name)

        def progress(self, what, done, total, **more):
            super().progress(what, done, total, **more)
            if what == "training" and done == total // 2:
                lifecycle.ask_to_stop(self.run.id, "local")
                self.flush()

    assert done(identity, Stopping).status == "stopped"
    assert seen, "It began anew."
    hosts.at("oak")
    kept = queue.claim(["keep"], 0)
    assert kept is not None and kept.subject == identity
    worker.work(kept)
    assert records.run(identity, "local").packed and (paths.run(identity) / "bundle").is_dir()

    lifecycle.resume(identity, "local")
    hosts.at("elm")
    resumed = done(identity)
    assert resumed.status == "done" and learnt(resumed) == undisturbed
    assert objects.of_run(identity) not in objects.owed(time.time())  # nothing is left for an agent
    hosts.at("ash")
    assert not list(folders.run(identity).glob("checkpoint-*")) and (folders.run(identity) / "bundle").is_dir()
    assert learnt(resumed) == undisturbed


def test_a_bundle_is_downloaded_from_another_host_and_files_that_changed_quickly_are_no_outage(hosts, materials):
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

    run = done(queued(materials, CASE, epochs=2), Restless)
    assert run.status == "done" and object_sync.AWAY not in messages(run)
    here = contents(paths.run(run.id) / "bundle")
    hosts.at("elm")
    with ZipFile(bundle_zip.of(folders.run(run.id))) as packed:
        assert {name: packed.read(name) for name in packed.namelist() if not name.endswith("/")} == here
    assert integrity.of_model(run.id) is None and integrity.of_answers(run.id) is None


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


def test_an_address_that_nothing_can_open_is_refused_before_anything_begins(monkeypatch):
    assert folders.lacking() is None
    monkeypatch.setenv("CASEBOOK_STORE", "nonsense://box")
    assert "CASEBOOK_STORE" in folders.lacking().found


# Object storage that is away meanwhile


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


def test_what_a_home_wrote_since_its_last_push_is_not_replaced_by_what_it_had_pushed(home, tmp_path, monkeypatch):
    monkeypatch.setenv("CASEBOOK_STORE", f"file://{tmp_path}/shelf")
    run = records.create_run("local", "fine_tune", CASE, "noise")
    objects.owe(objects.of_run(run))
    for written in ("first", "second"):
        (paths.run(run) / "log").write_text(written)
        folders.push(objects.of_run(run))
        assert (folders.run(run) / "log").read_text() == written


# Folders in it


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


def fetched(store, content, into, beside):
    files = manifest.parsed(object_folder.read(store, "place", manifest.digest(content)))
    object_folder.fetch(store, "place", files, into, beside)
    return files


def test_a_folder_comes_back_as_it_was_and_a_second_push_copies_only_what_is_new(shelf, folder, tmp_path):
    content = object_folder.push(shelf, "place", folder, names(folder), {})
    known = fetched(shelf, content, tmp_path / "back", tmp_path / "nothing")
    assert contents(tmp_path / "back") == contents(folder)
    assert (tmp_path / "back/large").stat().st_mtime_ns == (folder / "large").stat().st_mtime_ns
    before = set(shelf.below("place"))
    (folder / "more").write_text("more")
    object_folder.push(shelf, "place", folder, names(folder), known)
    assert len(set(shelf.below("place")) - before) == 2  # the new file and the manifest


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
