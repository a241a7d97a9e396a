"""Runs on a Ray cluster whose hosts are of this machine: submitted from the page, seen live, stopped, resumed, and gone
on with elsewhere when the host that trains is gone."""

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
from opened_pages import image_page, open_page, sound  # noqa: F401  a fixture
from PIL import Image
from ray_nodes import Cluster
from station import SHORT
from test_model_step import start

from cases.base import UploadedFile
from cases.image_recognition.decoder import BATCH
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
CASE, KEY = "image_recognition", "image_recognition_{}_"


@pytest.fixture(scope="module")
def cluster():
    made = Cluster()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(jobs.ADDRESS, made.address)
            made.until(_alive)
            for _ in range(2):
                made.join(_count)
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


def have_two(cluster):
    """Hosts that train, whatever died before."""
    cluster.hosts = [host for host in cluster.hosts if host.process.poll() is None]
    cluster.until(lambda: _count() == len(cluster.hosts))  # a host that died is missed after a while
    while _count() < 2:
        cluster.join(_count)


@pytest.fixture
def here(home, cluster, monkeypatch):
    """An agent of a host that knows the cluster."""
    home.mkdir()
    monkeypatch.setenv(jobs.ADDRESS, cluster.address)
    monkeypatch.setattr(job_watch, "EVERY", 0.5)
    monkeypatch.setattr(local, "context", lambda: multiprocessing.get_context("spawn"))
    made = agent.Agent()
    yield made
    for child in made.children.values():
        child.kill()
        child.join()


def until(mine, run, holds, limit=900):
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


def test_a_run_goes_on_elsewhere_when_the_host_that_trains_it_dies(cluster, here, materials, learnt, open_page):  # noqa: F811
    chosen = {**SHORT[CASE], "epochs": 20}
    unbroken = workshop.done(workshop.queued(materials, CASE, **chosen))
    assert unbroken.status == "done"

    app = image_page(open_page, data=unbroken.dataset)
    for name, value in {**chosen, "model": str(materials[CASE][0])}.items():
        app.session_state[KEY.format(name)] = value
    sound(app.selectbox(key=KEY.format("launcher")).set_value("ray").run())
    sound(start(app).click().run())
    run = next(one.id for one in records.run_list("local") if one.id != unbroken.id)
    assert (records.run(run, "local").launcher, records.run(run, "local").settings) == ("ray", unbroken.settings)

    until(here, run, lambda one: metric_rows.has_learnt(one))
    lifecycle.ask_to_stop(run, "local")
    stopped = until(here, run, ended)
    assert (stopped.status, stopped.attempt) == ("stopped", 1)

    before = max(steps(run), default=0)
    lifecycle.resume(run, "local")
    until(here, run, lambda one: max(steps(run), default=0) > before)
    first = cluster.at(run)
    first.die()
    now = until(here, run, lambda one: one.ended_already or cluster.at(run) not in (None, first))
    assert not now.ended_already
    done = until(here, run, ended)
    assert (done.status, done.attempt) == ("done", 2)
    assert learnt(done) == learnt(unbroken)
    assert "ray" not in sys.modules


def test_of_two_workers_one_is_lost_and_both_go_on(cluster, here, materials):
    have_two(cluster)
    slow = {"epochs": 12, "learning_rate": 2e-5}  # with a higher rate Adam makes much of how sums are rounded
    plain = {**SHORT["speech"], **slow, "augmentation": "none", "dropout": 0.0}  # of which each would draw others
    unbroken = workshop.done(workshop.queued(materials, "speech", **plain))  # by one process, which comes to the same
    same = {"dataset": unbroken.dataset, "settings": unbroken.settings, "processes": 2}
    run = records.create_run("local", "fine_tune", "speech", "lost", launcher="ray", **same)
    until(here, run, lambda one: steps(run))
    cluster.until(lambda: cluster.hosts[-1].doing("RayTrainWorker"))[0].kill()
    done = until(here, run, ended)
    assert (done.status, done.attempt, done.result["trained"]["epochs"]) == ("done", 1, 12)
    one, two = losses(done), losses(unbroken)
    assert len(one) == 1 + 12 and np.allclose(one, two, atol=1e-3)  # the start is epoch 0


def losses(run):
    """By epoch: who goes on tells the start once more."""
    told = [row for row in metric_rows.after(run, 0) if row["split"] == "validation"]
    return [row["values"]["loss"] for row in sorted(told, key=lambda row: row["step"])]


class Watching(NullReporter):
    """Kills the first host that decodes, once some of the files have come from there."""

    def __init__(self, cluster, here):
        self.cluster, self.here = cluster, here
        self.killed, self.left, self.notes = None, 0, []

    def progress(self, what, done, total, **more):
        if what == "pictures" and done > self.here and not self.killed and (host := self.cluster.at("ray::decode")):
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
    have_two(cluster)
    home.mkdir()
    monkeypatch.setenv(decoding.SECONDS, "0")
    for limit in ("PATIENCE", "AWAY"):  # a machine with other work takes its time to start what Ray needs
        monkeypatch.setattr(decoding, limit, 600.0)
    monkeypatch.setattr(decoded_slices, "BYTES", 1)  # so that each file is a slice
    with zipfile.ZipFile(path := tmp_path / "drawn.zip", "w") as archive:
        for number in range(100):
            content = drawn(number)
            archive.writestr(f"{'ab'[number % 2]}/{number:03}.png", content[:1000] if number in (5, 80) else content)
    watch = Watching(cluster, BATCH)
    by_hosts = read(path, watch)
    monkeypatch.delenv(jobs.ADDRESS)
    by_cores = read(path, QUIET)
    assert watch.left > 0 and watch.killed.process.poll() is not None and not watch.notes
    assert by_hosts == by_cores and by_hosts[1] == 2
    assert "ray" not in sys.modules


def read(path, report):
    """What the files of the data set hold, and of what was set aside how much; nothing of it is left."""
    dataset = data_import.into_dataset(CASE, [UploadedFile(path, path.name)], "d1", report)
    held = {one.relative_to(dataset.folder): hashlib.sha256(one.read_bytes()).hexdigest()
            for one in dataset.folder.rglob("*") if one.is_file()}  # fmt: skip
    aside = len(dataset.set_aside)
    shutil.rmtree(dataset.folder)
    return held, aside
