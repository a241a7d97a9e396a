"""A real agent in a process of its own, as `streamlit run app.py` starts it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from conftest import ROOT
from sqlalchemy import update

import cases
from runs import machine, paths
from runs.store import dataset_rows, lifecycle, metric_rows, queue, records
from runs.store.database import engine
from runs.store.tables import runs
from runs.worker import agent, agent_process, shortage
from runs.worker.launchers import LAUNCHERS


def working(run):
    return run.status == "running" and run.phase == "training" and run.pid


def gone(paths, patience=60):
    """What an ended run leaves is cleared away just after its end is told."""
    end = time.monotonic() + patience
    while (there := list(paths())) and time.monotonic() < end:
        time.sleep(0.05)
    return not there


def test_an_upload_is_read_and_becomes_a_data_set_of_its_owner(at_station):
    run = at_station.ended(at_station.read())
    assert (run.status, run.error) == ("done", None)
    assert dataset_rows.by_id(run.dataset, "local").name == "noise"
    assert dataset_rows.by_id(run.dataset, "someone else") is None
    assert list(paths.uploads().iterdir()) == []  # unpacked, so no longer needed


def test_a_training_reaches_its_end(at_station):
    run = at_station.unbroken
    assert (run.status, run.error, run.attempt) == ("done", None, 1)
    assert run.result["data"] == {"train": 51, "validation": 9, "test": 150, "set_aside": 0}
    assert run.result["test"]["accuracy"]["value"] > run.result["references"]["majority"]["accuracy"]["value"]
    assert {"bundle", "predictions.parquet"} <= {path.name for path in paths.run(run.id).iterdir()}
    assert gone(lambda: paths.run(run.id).glob("checkpoint-*"))
    assert run.facts["device"] == "CPU" and run.facts["precision"] == "fp32"


def test_runs_are_forked_from_a_process_that_has_torch_loaded(at_station):
    at_station.ended(at_station.read())
    maps = [child.memory_maps() for child in psutil.Process(at_station.agent.pid).children()]
    assert any("libtorch" in mapped.path for process in maps for mapped in process)


def test_a_second_agent_leaves_at_once(at_station):
    at_station.until(at_station.read(), lambda run: run.status == "running")  # the first one is there
    second = subprocess.run([sys.executable, "-m", "runs.agent"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert second.returncode == 0
    assert second.stderr.endswith("This host has an agent already.\n")


def agents_of_mine():
    return {child for child in psutil.Process().children() if "runs.agent" in child.cmdline()}


def test_an_agent_that_is_on_its_way_is_not_started_once_more(home, monkeypatch):
    home.mkdir()
    monkeypatch.setattr(agent_process, "_started", None)  # one that a test before started may be leaving still
    before, mine = agents_of_mine(), set()
    try:
        for _ in range(3):  # as the app asks every two seconds, of which it takes more on a busy machine
            agent_process.ensure()
        end = time.monotonic() + 20  # a new process has no command at first
        while not (mine := agents_of_mine() - before) and time.monotonic() < end:
            time.sleep(0.01)
        assert len(mine) == 1
    finally:
        for child in mine:
            child.kill()
            child.wait()


def test_short_work_does_not_wait_behind_a_training(at_station):
    training = at_station.train(epochs=200)
    at_station.until(training, working)
    assert at_station.ended(at_station.read()).status == "done"
    assert records.run(training, "local").status == "running"
    lifecycle.discard(training, "local")


def test_a_stopped_training_keeps_its_best_and_goes_on_to_the_same_numbers(at_station, learnt):
    identity = at_station.train()
    at_station.until(identity, lambda run: list(paths.run(identity).glob("checkpoint-*/COMPLETE")))
    lifecycle.ask_to_stop(identity, "local")
    assert at_station.ended(identity).status == "stopped"

    at_station.until(identity, lambda run: run.packed)
    stopped = records.run(identity, "local")
    assert stopped.status == "stopped" and stopped.result["data"]["test"] == 150
    assert (paths.run(identity) / "bundle").is_dir()
    assert at_station.ended(records.latest("keep", identity, "local").id).status == "done"

    lifecycle.resume(identity, "local")
    assert records.run(identity, "local").result is None
    resumed = at_station.ended(identity)
    assert resumed.status == "done"
    assert learnt(resumed) == learnt(at_station.unbroken)


def test_a_discarded_training_stops_and_leaves_nothing(at_station):
    identity = at_station.train(epochs=200)
    pid, run = at_station.until(identity, working).pid, records.run(identity, "local")
    lifecycle.discard(identity, "local")
    assert records.run(identity, "local") is None
    assert gone(lambda: (paths.home() / "runs").glob(identity))
    assert gone(lambda: paths.logs().glob(f"{identity}.log"))
    assert metric_rows.after(run, 0) == []
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("wish", ["stop", "discard"])
def test_a_training_that_does_not_hear_is_ended_after_a_while(at_station, wish):
    identity = at_station.train(epochs=200)
    run = at_station.until(identity, lambda run: list(paths.run(identity).glob("checkpoint-*/COMPLETE")))
    os.kill(run.pid, signal.SIGSTOP)
    with engine().begin() as db:  # asked twenty seconds ago
        db.execute(update(runs).where(runs.c.id == identity).values(stop=wish, stop_asked=time.time() - 20))
    if wish == "stop":
        assert at_station.ended(identity).status == "stopped"
        assert at_station.until(identity, lambda run: run.result).status == "stopped"
    else:
        at_station.until(identity, lambda run: run is None and not (paths.home() / "runs" / identity).exists())


class Sleeping:
    """A launcher whose processes sign in, and do nothing."""

    def __init__(self):
        self.children = []

    def start(self, identity, _slot):
        child = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,), daemon=True)
        child.start()
        with engine().begin() as db:
            known = {"pid": child.pid, "pid_started": psutil.Process(child.pid).create_time()}
            db.execute(update(runs).where(runs.c.id == identity).values(**known))
        self.children.append(child)
        return child

    def end(self, how):
        os.kill(self.children[-1].pid, how)
        self.children[-1].join()


@pytest.mark.parametrize("whose", ["its own", "of the agent before it"])
def test_a_run_goes_on_though_the_clock_is_set_anew(home, monkeypatch, whose):
    launcher = Sleeping()
    monkeypatch.setitem(LAUNCHERS, "local", launcher)
    one, mine = records.create_run("local", "fine_tune", "image_recognition", "one"), agent.Agent()
    mine.step()
    mine = mine if whose == "its own" else agent.Agent()
    mine.step()
    with engine().begin() as db:  # when a process began is reckoned from the time of now
        db.execute(update(runs).where(runs.c.id == one).values(pid_started=runs.c.pid_started - 3600))
    mine.step()
    run = records.run(one, "local")
    assert (run.status, run.attempt, len(launcher.children), launcher.children[0].is_alive()) == ("running", 1, 1, True)
    launcher.end(signal.SIGTERM)
    mine.step()
    assert records.run(one, "local").attempt == 2


def test_of_a_run_that_ended_by_itself_nothing_is_held(home, monkeypatch):
    launcher = Sleeping()
    monkeypatch.setitem(LAUNCHERS, "local", launcher)
    one, mine = records.create_run("local", "fine_tune", "image_recognition", "one"), agent.Agent()
    mine.step()
    mine.step()
    assert mine.children.keys() == mine.watch.processes.keys() == mine.killed.keys() == {one}
    queue.end(one, "done")
    launcher.end(signal.SIGTERM)
    mine.step()
    assert not (mine.children or mine.watch.processes or mine.killed)  # a process holds a file open


@pytest.mark.skipif(os.name != "posix", reason="There are no signals.")
def test_a_run_that_was_killed_for_want_of_memory_begins_with_smaller_batches(home, tmp_path, monkeypatch):
    counter, launcher = tmp_path / "vmstat", Sleeping()
    monkeypatch.setattr(machine, "VMSTAT", counter)
    monkeypatch.setitem(LAUNCHERS, "local", launcher)
    one, mine, noted = records.create_run("local", "fine_tune", "image_recognition", "one"), agent.Agent(), []
    for how, killed in ((signal.SIGTERM, 3), (signal.SIGKILL, 4), (signal.SIGKILL, 4)):
        counter.write_text("nr_free_pages 1000\noom_kill 3\n")
        mine.step()
        counter.write_text(f"nr_free_pages 1000\noom_kill {killed}\n")
        launcher.end(how)
        mine.step()
        noted.append(shortage.times(one))
    assert noted == [0, 1, 2] and records.run(one, "local").status == "failed"
    lifecycle.resume(one, "local")
    assert shortage.times(one) == 2  # whoever goes on begins where it fitted last


@pytest.mark.skipif(os.name != "posix", reason="There are no signals.")
def test_where_nobody_counts_a_run_that_is_killed_again_is_taken_to_be_too_large(home, tmp_path, monkeypatch):
    launcher = Sleeping()
    monkeypatch.setattr(machine, "VMSTAT", tmp_path / "not there")
    monkeypatch.setitem(LAUNCHERS, "local", launcher)
    one, mine, noted = records.create_run("local", "fine_tune", "image_recognition", "one"), agent.Agent(), []
    for _attempt in range(2):
        mine.step()
        launcher.end(signal.SIGKILL)
        mine.step()
        noted.append(shortage.times(one))
    launcher.end(signal.SIGKILL)
    assert noted == [0, 1]


def test_what_a_silent_host_left_is_taken_over_and_what_another_works_on_is_not(home):
    home.mkdir()
    left, kept = (queue.claim_here(records.create_run("local", "fine_tune", "speech", "calls")).id for _ in range(2))
    with engine().begin() as db:  # for the last time, so that it is not begun once more
        db.execute(update(runs).values(host="another host", attempt=queue.MOST_ATTEMPTS))
        db.execute(update(runs).where(runs.c.id == left).values(beat=time.time() - queue.STALE - 1))
    agent.Agent().step()
    assert [records.run(one, "local").status for one in (left, kept)] == ["failed", "running"]


def test_what_a_run_needs_is_loaded_before_it_starts_and_never_collected_again():
    """A fork server says nothing of what it could not load."""
    asked = "import gc, sys, runs.worker.preload, cases; print(gc.get_freeze_count() > 0, *sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=True, capture_output=True, text=True)
    frozen, *loaded = done.stdout.split()
    assert frozen == "True" and {f"cases.{name}.trainer" for name in cases.NAMES} <= set(loaded)


def test_a_run_computes_with_a_thread_for_each_core_or_with_as_many_as_the_environment_says(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert machine.threads() == machine.cores()
    for told, count in (("3", 3), ("2,1", 2), ("0", machine.cores()), ("many", machine.cores())):
        monkeypatch.setenv("OMP_NUM_THREADS", told)
        assert machine.threads() == count
