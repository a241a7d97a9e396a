"""Runs on a Ray cluster whose hosts are of this machine: submitted from the page, seen live, stopped, resumed, and gone
on with elsewhere when the host that trains is gone."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from importlib.util import find_spec

import numpy as np
import pytest
import workshop
from ray_nodes import Cluster
from station import SHORT
from test_model_step import start
from test_pages import image_page, open_page, sound  # noqa: F401  a fixture

from runs import paths
from runs.cluster import jobs, nodes
from runs.store import queue, records
from runs.worker import agent, job_watch
from runs.worker.launchers import local, torchrun

pytestmark = pytest.mark.skipif(
    find_spec("ray") is None and not os.environ.get("CI"),
    reason="Ray is not installed: pip install -r requirements-cluster.txt",
)
CASE, KEY = "image_recognition", "image_recognition_{}_"


@pytest.fixture(scope="module")
def cluster():
    made = Cluster()
    try:
        made.until(made.is_listening)
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


@pytest.fixture
def here(home, cluster, monkeypatch):
    """An agent of a host that knows the cluster."""
    home.mkdir()
    monkeypatch.setenv(jobs.ADDRESS, cluster.address)
    monkeypatch.setattr(job_watch, "EVERY", 0.5)
    monkeypatch.setattr(queue, "SIGNED_IN", 300.0)  # no process is there that has the libraries loaded
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

    until(here, run, lambda one: records.has_learnt(one))
    records.ask_to_stop(run, "local")
    stopped = until(here, run, ended)
    assert (stopped.status, stopped.attempt) == ("stopped", 1)

    before = max(steps(run), default=0)
    records.resume(run, "local")
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
    cluster.hosts = [host for host in cluster.hosts if host.process.poll() is None]
    cluster.until(lambda: _count() == len(cluster.hosts))  # a host that died is missed after a while
    while _count() < 2:
        cluster.join(_count)
    pattern = records.run(workshop.queued(materials, CASE, **{**SHORT[CASE], "epochs": 12}), "local")
    records.ask_to_stop(pattern.id, "local")
    same = {"dataset": pattern.dataset, "settings": pattern.settings, "processes": 2}
    run = records.create_run("local", "fine_tune", CASE, "lost", launcher="ray", **same)
    until(here, run, lambda one: steps(run))
    cluster.until(lambda: cluster.hosts[-1].doing("RayTrainWorker"))[0].kill()
    done = until(here, run, ended)
    assert (done.status, done.attempt, done.result["trained"]["epochs"]) == ("done", 1, 12)

    unbroken = queue.claim_here(records.create_run("local", "fine_tune", CASE, "unbroken", **same)).id
    assert torchrun.wait(unbroken, 2) == 0
    one, two = (losses(records.run(name, "local")) for name in (run, unbroken))
    assert len(one) == 1 + 12 and np.allclose(one, two, atol=1e-3)  # the start is epoch 0


def losses(run):
    """By epoch: who goes on tells the start once more."""
    told = [row for row in records.metrics_after(run, 0) if row["split"] == "validation"]
    return [row["values"]["loss"] for row in sorted(told, key=lambda row: row["step"])]
