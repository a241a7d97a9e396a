"""Two hosts with one PostgreSQL and a home that both share: each takes a run, and one goes on where the other died."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import psutil
import pytest
from conftest import ROOT
from sqlalchemy import update
from station import Station

from runs.store import lifecycle, queue
from runs.store.database import engine
from runs.store.tables import runs

DATABASES = ("postgres",)
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="Another host name needs root and unshare."
)


class Host(Station):
    """A station under a host name of its own."""

    def __init__(self, name, home, materials):
        super().__init__(home, materials)
        self.name = name

    def start_agent(self):
        command = f"hostname {self.name} && exec {sys.executable} -m runs.agent"
        with (self.home / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                ["unshare", "--uts", "sh", "-c", command], cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def die(self):
        """The agent and every run at once, as when the power fails."""
        family = [psutil.Process(self.agent.pid), *psutil.Process(self.agent.pid).children(recursive=True)]
        for process in family:
            process.kill()
        self.agent.wait()


@pytest.fixture
def hosts(home, materials):
    home.mkdir(exist_ok=True)
    made = [Host(name, home, materials) for name in ("oak", "elm")]
    for host in made:
        host.start_agent()
    yield made
    for host in made:
        if host.agent.poll() is None:
            host.die()


def at_work(run):
    return run.status == "running" and run.pid and (run.progress or {}).get("done", 0) >= 8


def test_each_host_takes_a_run_and_what_one_leaves_behind_the_other_finishes(hosts):
    first, second = hosts[0].train(epochs=60), hosts[0].train(epochs=4)
    both = [
        hosts[0].until(identity, lambda run: run.status in ("running", "done") and run.host)
        for identity in (first, second)
    ]
    assert {run.host for run in both} == {"oak", "elm"}
    run = hosts[0].until(first, at_work)
    [gone], [left] = [host for host in hosts if host.name == run.host], [h for h in hosts if h.name != run.host]
    gone.die()
    with engine().begin() as db:  # a minute later
        silent = time.time() - queue.STALE - 1
        db.execute(update(runs).where(runs.c.id == first).values(beat=silent))
    taken = left.until(first, lambda run: run.host == left.name and run.status == "running" and run.pid)
    assert taken.attempt == 2
    lifecycle.ask_to_stop(first, "local")
    assert left.ended(first).status == "stopped"
    assert left.ended(second).status == "done"
