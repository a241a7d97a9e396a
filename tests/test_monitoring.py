"""Whoever watches from outside learns whether the app can do its work, how much there is and how it goes, and of nobody
in particular."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from urllib.request import urlopen

import psutil
import pytest
from conftest import ROOT
from prometheus_client import CollectorRegistry
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models.errors import InputError
from runs import paths
from runs.api import health
from runs.api.routes import ROUTES
from runs.inference import client
from runs.monitoring import home_size, server
from runs.monitoring.answers import measured
from runs.monitoring.figures import Figures
from runs.store import agents, database, queue, records, tables
from runs.store.database import engine

OWNER, NAME = "ann@example.com", "cats of ann"


@pytest.fixture
def figures():
    """A way to ask for one figure: its name and labels → its value."""
    registry = CollectorRegistry()
    registry.register(Figures())
    return lambda name, **labels: registry.get_sample_value(f"casebook_{name}", labels)


def done(kind="fine_tune", status="done", **values):
    identity = records.create_run(OWNER, kind, "image_recognition", NAME)
    queue.claim_here(identity)
    queue.end(identity, status, **values)
    return identity


def test_runs_are_counted_by_kind_and_state_and_waiting_ones_by_lane(figures):
    done(), done("read", "failed")
    for kind in ("fine_tune", "fine_tune", "read"):
        records.create_run(OWNER, kind, "image_recognition", NAME)
    assert figures("runs", kind="fine_tune", state="done") == figures("runs", kind="read", state="failed") == 1
    assert figures("runs", kind="fine_tune", state="queued") == figures("queue_length", lane="training") == 2
    assert (figures("queue_length", lane="interactive"), figures("queue_length", lane="lengthy")) == (1, 0)


def test_agents_and_gpus_of_all_hosts_are_seen_as_long_as_they_live(figures):
    agents.beat([{"name": "H100", "memory": 1000, "used": 10, "busy": 25}, {"name": "divided", "memory": 5}], {})
    with engine().begin() as db:
        db.execute(update(tables.agents).values(host="gpu-1"))
    assert (figures("agents"), figures("gpu_busy_ratio", host="gpu-1", gpu="0")) == (1, 0.25)
    assert figures("gpu_memory_used_bytes", host="gpu-1", gpu="0") == 10 * 2**20
    assert figures("gpu_memory_bytes", host="gpu-1", gpu="1") == 5 * 2**20
    assert figures("gpu_busy_ratio", host="gpu-1", gpu="1") is None
    with engine().begin() as db:
        db.execute(update(tables.agents).values(beat=time.time() - agents.SILENT - 1))
    assert (figures("agents"), figures("gpu_memory_bytes", host="gpu-1", gpu="1")) == (0, None)


@pytest.mark.slow
def test_answers_are_counted_with_their_time_and_their_end(figures):
    def count(outcome, case="speech"):
        return figures("answer_seconds_count", case=case, lane="own", outcome=outcome) or 0

    before = [count(outcome) for outcome in ("answered", "refused", "failed")]
    with measured("speech", "own"):
        pass
    for error in (InputError(found="x", expected="y", remedy="z"), OSError("the disk is away")):
        with pytest.raises(type(error)), measured("speech", "own"):
            raise error
    assert [count(outcome) for outcome in ("answered", "refused", "failed")] == [one + 1 for one in before]

    refused = count("refused", "image_recognition")
    run = records.run(done(), OWNER)  # which left no model
    with pytest.raises(InputError):
        client.answers(run, [b"x"])
    assert count("refused", "image_recognition") == refused + 1
    assert figures("answer_seconds_sum", case="image_recognition", lane="own", outcome="refused") > 0


def test_what_the_home_takes_is_told_by_its_parts_and_a_second_name_takes_nothing(figures, home):
    first = paths.run("r1") / "model"
    first.write_bytes(os.urandom(1 << 20))
    os.link(first, paths.cache() / "model")
    records.run_list(OWNER)
    sizes = home_size.measure(home)
    assert sizes["runs"] + sizes["cache"] == pytest.approx(1 << 20, rel=0.1)
    assert sizes["database"] > 0 and sizes["datasets"] == 0
    end = time.monotonic() + 30
    while figures("home_bytes", part="database") is None and time.monotonic() < end:
        time.sleep(0.01)
    assert figures("home_bytes", part="database") == sizes["database"]
    assert figures("disk_free_bytes") <= figures("disk_bytes")


def test_while_the_database_is_away_the_rest_is_still_told(figures, home, monkeypatch):
    done()
    assert figures("database_up") == 1
    monkeypatch.setattr(database, "patience", 0.2)
    engine().dispose()
    (home / "casebook.db").rename(home / "elsewhere.db")
    assert (figures("database_up"), figures("runs", kind="fine_tune", state="done")) == (0, None)
    assert figures("disk_free_bytes") > 0


def test_on_its_own_port_everything_is_there_and_nobody_by_name(monkeypatch):
    identity = done(seconds={"train": 1.0})
    monkeypatch.setenv("CASEBOOK_METRICS", "127.0.0.1:0")
    port = server.start()
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        told = answer.read().decode()
    for name in ("casebook_runs", "casebook_queue_length", "casebook_disk_free_bytes", "process_cpu_seconds_total"):
        assert f"\n{name}" in told
    for private in (OWNER, NAME, "ann", identity, str(paths.home())):
        assert private not in told


WELL = {"ready": True, "database": True, "disk": True, "agent": True}


@pytest.fixture
def ask(monkeypatch):
    """What is answered just now, and how."""
    monkeypatch.setattr(health, "KEPT", -1.0)
    monkeypatch.setattr(health._parts, "until", 0.0)
    client = TestClient(Starlette(routes=ROUTES))

    def asking(path="/api/ready"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code, answer.json()

    return asking


def beat():
    agents.beat([{"name": "H100", "memory": 80000}], {"training": 1})


def test_an_app_that_is_alive_says_so_and_with_a_database_a_disk_and_an_agent_it_is_ready(ask, home):
    assert ask("/api/health") == (200, {"alive": True})
    assert not home.exists()  # nothing was touched
    assert ask() == (503, {**WELL, "ready": False, "agent": False})
    beat()
    assert ask() == (200, WELL)
    assert ask("/api/health")[0] == 200


def test_an_agent_of_another_host_counts_until_it_was_silent_for_a_while(ask):
    beat()
    with engine().begin() as db:
        db.execute(update(tables.agents).values(host="another"))
    assert ask() == (200, WELL)
    (there,) = agents.alive()
    assert (there.host, there.gpus, there.slots) == ("another", [{"name": "H100", "memory": 80000}], {"training": 1})
    with engine().begin() as db:
        db.execute(update(tables.agents).values(beat=time.time() - agents.SILENT - 1))
    assert ask()[1]["agent"] is False


def test_a_database_that_does_not_answer_is_named_and_nothing_is_told_of_it(ask, home, monkeypatch, caplog):
    beat()
    monkeypatch.setattr(database, "patience", 0.2)
    database.engine().dispose()
    (home / "casebook.db").rename(home / "elsewhere.db")
    assert ask() == (503, {"ready": False, "database": False, "disk": True, "agent": False})
    assert "unable to open" in caplog.text  # the log says more
    assert ask("/api/health")[0] == 200


def test_a_disk_with_no_more_room_than_what_is_set_aside_is_named(ask, small_disk, monkeypatch):
    folder, enlarge = small_disk(paths.BALLAST >> 10)
    monkeypatch.setenv("CASEBOOK_HOME", str(folder))
    beat()
    assert ask()[1] == {**WELL, "ready": False, "disk": False}
    enlarge(4 * paths.BALLAST >> 10)
    assert ask() == (200, WELL)
    database.engine().dispose()


@pytest.mark.slow
def test_a_real_agent_is_known_while_it_lives_and_takes_its_leave_when_it_is_asked_to(ask, home):
    home.mkdir()
    agent = subprocess.Popen([sys.executable, "-m", "runs.agent"], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while not agents.alive() and time.monotonic() < end:
            time.sleep(0.05)
        (known,) = agents.alive()
        assert known.pid == agent.pid and known.started == pytest.approx(psutil.Process(agent.pid).create_time(), abs=1)
        assert ask() == (200, WELL)
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(20) == 0
    finally:
        agent.kill()
        agent.wait()
    with sqlite3.connect(home / "casebook.db") as db:
        assert db.execute("SELECT count(*) FROM agents").fetchone() == (0,)
    db.close()
