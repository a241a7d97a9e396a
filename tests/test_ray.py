"""Runs on a Ray cluster whose hosts are of this machine: done by several processes of which one is lost, gone on with
elsewhere when the host that trains is gone, stopped there; and pictures that hosts decode."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
import shutil
import sys
import time
import zipfile
from importlib.util import find_spec

import numpy as np
import pytest
import workshop
from PIL import Image
from ray_nodes import Cluster
from station import SHORT

from cases.base import UploadedFile
from cases.image_recognition import decoder
from cases.ingest import decoded_slices
from models.progress import QUIET, NullReporter
from runs import paths
from runs.cluster import decoding, jobs, nodes
from runs.jobs import data_import
from runs.store import lifecycle, metric_rows, records
from runs.worker import agent, job_watch
from runs.worker.launchers import local

pytestmark = pytest.mark.skipif(
    find_spec("ray") is None and not os.environ.get("CI"),
    reason="Ray is not installed: pip install -r requirements-cluster.txt",
)
EPOCHS = 12
PLAIN = {  # several processes would draw other changes each; with a higher rate Adam makes much of how sums are rounded
    **SHORT["speech"], "augmentation": "none", "dropout": 0.0, "epochs": EPOCHS, "learning_rate": 2e-5,
}  # fmt: skip
HERE, ALL, DAMAGED = 4, 44, (2, 40)  # pictures that this host decodes, all of them, and those that are cut off


@pytest.fixture(scope="module")
def cluster():
    made = Cluster()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(jobs.ADDRESS, made.address)
            made.until(_alive)
        yield made
    finally:
        made.end()


def _count():
    """Processors of hosts that train."""
    return nodes.most(_alive())


def _alive():
    try:
        return nodes.alive()
    except jobs.NoAnswer:
        return []


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("place")


@pytest.fixture
def here(place, cluster, monkeypatch):
    """An agent of a host that knows the cluster."""
    monkeypatch.setenv("CASEBOOK_HOME", str(place))
    monkeypatch.setenv(jobs.ADDRESS, cluster.address)
    monkeypatch.setattr(job_watch, "EVERY", 0.5)
    monkeypatch.setattr(local, "context", lambda: multiprocessing.get_context("spawn"))
    cluster.have(2, _count)
    made = agent.Agent()
    yield made
    for child in made.children.values():
        child.kill()
        child.join()


@pytest.fixture(scope="module")
def unbroken(place, materials):
    """The run that nothing disturbs, done in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(place))
        return workshop.done(workshop.queued(materials, "speech", **PLAIN))


def submitted(unbroken, processes=1):
    same = {"dataset": unbroken.dataset, "settings": unbroken.settings, "processes": processes}
    return records.create_run("local", "fine_tune", "speech", "there", launcher="ray", **same)


def until(mine, run, holds, limit=600):
    """The run, as soon as it satisfies `holds`, while its agent looks after it."""
    end = time.monotonic() + limit
    while not holds(now := records.run(run, "local")):
        assert time.monotonic() < end, f"{now} {(paths.logs() / f'{run}.log').read_text()}"
        mine.step()
        time.sleep(0.1)
    return now


def ended(run):
    return run.ended_already


def steps(run):
    """Those of the checkpoints that are whole."""
    return [int(mark.parent.name.split("-")[1]) for mark in paths.run(run).glob("checkpoint-*/COMPLETE")]


def test_of_two_workers_one_is_lost_and_both_go_on(unbroken, cluster, here):
    run = submitted(unbroken, processes=2)
    until(here, run, lambda one: steps(run))
    cluster.until(lambda: cluster.hosts[-1].doing("RayTrainWorker"))[0].kill()
    done = until(here, run, ended)
    assert (done.status, done.attempt, done.result["trained"]["epochs"]) == ("done", 1, EPOCHS)
    one, two = losses(done), losses(unbroken)  # of one process, which comes to the same
    assert len(one) == 1 + EPOCHS and np.allclose(one, two, atol=1e-3)  # the start is epoch 0


def losses(run):
    """By epoch: who goes on tells the start once more."""
    told = [row for row in metric_rows.after(run, 0) if row["split"] == "validation"]
    return [row["values"]["loss"] for row in sorted(told, key=lambda row: row["step"])]


def test_a_run_goes_on_elsewhere_when_its_host_dies_is_stopped_there_and_comes_to_the_same_numbers(
    unbroken, cluster, here, learnt
):
    run = submitted(unbroken)
    until(here, run, lambda one: metric_rows.has_learnt(one) and steps(run))
    first, before = cluster.at(run), max(steps(run))
    first.die()
    moved = until(here, run, lambda one: one.ended_already or cluster.at(run) not in (None, first))
    assert not moved.ended_already
    until(here, run, lambda one: max(steps(run)) > before)
    lifecycle.ask_to_stop(run, "local")
    cluster.until(lambda: ended(records.run(run, "local")))
    stopped = records.run(run, "local")
    assert (stopped.status, stopped.attempt, stopped.launcher) == ("stopped", 2, "ray")
    lifecycle.resume(run, "local")
    assert learnt(workshop.done(run)) == learnt(unbroken)
    assert "ray" not in sys.modules


class Watching(NullReporter):
    """Kills the first host that decodes, once some of the files have come from there."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.killed, self.left, self.notes = None, 0, []

    def progress(self, what, done, total, **more):
        if what == "pictures" and done > HERE and not self.killed and (host := self.cluster.at("ray::decode")):
            self.killed, self.left = host, total - done
            host.die()

    def note(self, message, **args):
        self.notes.append(message)


def drawn(number):
    """A picture whose pixels take their time and its file hardly any room."""
    buffer = io.BytesIO()
    Image.new("RGB", (2000, 2000), (number, 255 - number, 100)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def test_what_hosts_decode_is_what_this_one_does_though_one_of_them_dies(cluster, home, tmp_path, monkeypatch):
    monkeypatch.setenv(jobs.ADDRESS, cluster.address)
    cluster.have(2, _count)
    home.mkdir()
    monkeypatch.setenv(decoding.SECONDS, "0")
    for limit in ("PATIENCE", "AWAY"):  # a machine with other work takes its time to start what Ray needs
        monkeypatch.setattr(decoding, limit, 600.0)
    monkeypatch.setattr(decoding, "EVERY", 0.5)
    monkeypatch.setattr(decoded_slices, "BYTES", 1)  # so that each file is a slice
    monkeypatch.setattr(decoder, "BATCH", HERE)
    with zipfile.ZipFile(path := tmp_path / "drawn.zip", "w") as archive:
        for number in range(ALL):
            content = drawn(number)
            archive.writestr(f"{'ab'[number % 2]}/{number:03}.png", content[:1000] if number in DAMAGED else content)
    watch = Watching(cluster)
    by_hosts = read(path, watch)
    monkeypatch.delenv(jobs.ADDRESS)
    by_cores = read(path, QUIET)
    assert watch.left > 0 and watch.killed.process.poll() is not None and not watch.notes
    assert by_hosts == by_cores and by_hosts[1] == len(DAMAGED)
    assert "ray" not in sys.modules


def read(path, report):
    """What the files of the data set hold, and of what was set aside how much; nothing of it is left."""
    dataset = data_import.into_dataset("image_recognition", [UploadedFile(path, path.name)], "d1", report)
    held = {one.relative_to(dataset.folder): hashlib.sha256(one.read_bytes()).hexdigest()
            for one in dataset.folder.rglob("*") if one.is_file()}  # fmt: skip
    aside = len(dataset.set_aside)
    shutil.rmtree(dataset.folder)
    return held, aside
