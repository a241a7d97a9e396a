"""Two hosts with one PostgreSQL and a home that both share: each takes a run, and one goes on where the other died."""

from __future__ import annotations

import pytest
import workshop
from station import NAMED, Host, is_silent

from runs.store import agents, lifecycle

DATABASES = ("postgres",)
pytestmark = pytest.mark.skipif(not NAMED, reason="Another host name needs root and unshare.")


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


def test_each_host_takes_a_run_and_what_one_leaves_behind_the_other_finishes(hosts, materials):
    hosts[0].meanwhile(lambda: len(agents.alive()) == 2)
    first, second = (workshop.queued(materials, "image_recognition", epochs=epochs) for epochs in (60, 1))
    both = [
        hosts[0].until(identity, lambda run: run.status in ("running", "done") and run.host)
        for identity in (first, second)
    ]
    assert {run.host for run in both} == {"oak", "elm"}
    run = hosts[0].until(first, at_work)
    [gone], [left] = [host for host in hosts if host.name == run.host], [h for h in hosts if h.name != run.host]
    gone.die()
    is_silent(first)
    taken = left.until(first, lambda run: run.host == left.name and run.status == "running" and run.pid)
    assert taken.attempt == 2
    lifecycle.ask_to_stop(first, "local")
    assert left.ended(first).status == "stopped"
    assert left.ended(second).status == "done"
