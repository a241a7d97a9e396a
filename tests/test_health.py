"""Whoever watches from outside learns whether the app can do its work, and nothing else."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time

import psutil
import pytest
from conftest import ROOT
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from runs import paths
from runs.api import health
from runs.api.routes import ROUTES
from runs.store import agents, database, tables
from runs.store.database import engine

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


def test_an_app_that_is_alive_says_so_without_touching_anything(ask, home):
    assert ask("/api/health") == (200, {"alive": True})
    assert not home.exists()


def test_an_app_with_a_database_a_disk_and_an_agent_is_ready(ask):
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


def test_many_who_ask_make_one_look_a_second(ask, monkeypatch):
    beat()
    monkeypatch.setattr(health, "KEPT", 60.0)
    assert ask() == (200, WELL)
    agents.leave()
    assert ask() == (200, WELL)


@pytest.mark.skipif(os.name != "posix", reason="There are no signals.")
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
