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

from models.errors import InputError, fill
from runs import machine, paths
from runs.limits import processes
from runs.store import dataset_rows, deaths, lifecycle, metric_rows, queue, records
from runs.store.database import engine
from runs.store.tables import runs
from runs.worker import agent, agent_process, shortage
from runs.worker.launchers import LAUNCHERS


def working(run):
    return run.status == "running" and run.phase == "training" and run.pid


def asked_long_ago(wish, *which):
    with engine().begin() as db:
        db.execute(update(runs).where(*which).values(stop=wish, stop_asked=time.time() - 20))


def gone(paths, patience=60):
    """What an ended run leaves is cleared away just after its end is told."""
    end = time.monotonic() + patience
    while (there := list(paths())) and time.monotonic() < end:
        time.sleep(0.05)
    return not there


def test_an_upload_is_read_and_becomes_a_data_set_of_its_owner(at_station):
    """By a process that is forked from one that has torch loaded."""
    run = at_station.ended(at_station.read())
    assert (run.status, run.error) == ("done", None)
    assert dataset_rows.by_id(run.dataset, "local").name == "noise"
    assert dataset_rows.by_id(run.dataset, "someone else") is None
    assert list(paths.uploads().iterdir()) == []  # unpacked, so no longer needed
    maps = [child.memory_maps() for child in psutil.Process(at_station.agent.pid).children()]
    assert any("libtorch" in mapped.path for process in maps for mapped in process)


def test_a_training_reaches_its_end(at_station):
    run = at_station.ended(at_station.train())
    assert (run.status, run.error, run.attempt) == ("done", None, 1)
    assert run.result["data"] == {"train": 51, "validation": 9, "test": 150, "set_aside": 0}
    assert run.result["test"]["accuracy"]["value"] > run.result["references"]["majority"]["accuracy"]["value"]
    assert {"bundle", "predictions.parquet"} <= {path.name for path in paths.run(run.id).iterdir()}
    assert gone(lambda: paths.run(run.id).glob("checkpoint-*"))
    assert run.facts["device"] == "CPU" and run.facts["precision"] == "fp32"


def test_a_second_agent_leaves_at_once(at_station):
    at_station.until(at_station.read(), lambda run: run.status != "queued")  # the first one is there
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


def test_a_stopped_training_keeps_its_best_until_it_goes_on(at_station):
    identity = at_station.train()
    at_station.until(identity, lambda run: list(paths.run(identity).glob("checkpoint-*/COMPLETE")))
    lifecycle.ask_to_stop(identity, "local")
    assert at_station.ended(identity).status == "stopped"

    at_station.until(identity, lambda run: run.packed)
    stopped = records.run(identity, "local")
    assert stopped.status == "stopped" and stopped.result["data"]["test"] == 150
    assert (paths.run(identity) / "bundle").is_dir()
    assert at_station.ended(records.latest("keep", identity, "local").id).status == "done"

    lifecycle.resume(identity, "local")  # to the same numbers: `test_stopping`
    assert records.run(identity, "local").result is None
    assert at_station.until(identity, working).attempt == 1
    lifecycle.discard(identity, "local")


def test_short_work_does_not_wait_behind_a_training_which_once_discarded_leaves_nothing(at_station):
    identity = at_station.train(epochs=200)
    pid = at_station.until(identity, working).pid
    assert at_station.ended(at_station.read()).status == "done"
    run = records.run(identity, "local")
    assert run.status == "running"
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
    asked_long_ago(wish, runs.c.id == identity)
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
def test_a_run_goes_on_though_the_clock_is_set_anew(home, launcher, whose):
    one, mine = queued(), agent.Agent()
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


def test_a_run_of_an_unknown_launcher_ends_with_its_reason_and_the_agent_goes_on(home, launcher):
    odd = queued(launcher="slurm")
    mine = agent.Agent()
    mine.step()
    run = records.run(odd, "local")
    assert run.status == "failed" and str(InputError.from_json(run.error)) == (
        "The launcher “slurm” of this run is unknown. It must be one of: local, torchrun, ray. Start a new run with "
        "these settings."
    )
    usual = queued()
    mine.step()
    assert mine.children.keys() == {usual}


def told(identity):
    """What stands with a run."""
    return [fill(note["message"], note["args"]) for note in records.run(identity, "local").notes or []]


class Slow:
    """A launcher whose processes do not sign in before they are let: what a busy machine does to them."""

    def __init__(self):
        self.children, self.gates = [], []

    def start(self, identity, _slot):
        gate, inside = multiprocessing.get_context("spawn").Pipe()
        child = multiprocessing.get_context("spawn").Process(target=sign_in_late, args=(identity, inside), daemon=True)
        child.start()
        self.children.append(child)
        self.gates.append(gate)
        return child

    def let(self):
        """Let the last one sign in, and wait until it has."""
        self.gates[-1].send("go")
        assert self.gates[-1].recv() == "signed in"


def sign_in_late(identity, gate):
    gate.recv()
    queue.sign_in(identity)
    gate.send("signed in")
    gate.recv()


def passes(identity, seconds):
    """As if so much time had gone by since the run was claimed."""
    with engine().begin() as db:
        db.execute(update(runs).where(runs.c.id == identity).values(beat=runs.c.beat - seconds))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "agents"), [("fine_tune", "one agent"), ("read", "an agent after it")])
def test_a_process_that_takes_an_hour_to_start_is_waited_for(home, slow, monkeypatch, kind, agents):
    monkeypatch.setenv(processes.MINUTES, "0.000001")  # a start is no reading
    one, mine = queued(kind), agent.Agent()
    for _round in range(3):
        mine.step()
        passes(one, 3600)
        mine = mine if agents == "one agent" else agent.Agent()
    mine.step()
    run = records.run(one, "local")
    assert (run.status, run.attempt, run.starting, len(slow.children)) == ("running", 1, True, 1)
    assert run.pid == slow.children[0].pid and slow.children[0].is_alive()
    assert run.silence < queue.STALE and queue.silent() == []  # no other host takes it over

    monkeypatch.setenv(processes.MINUTES, "10")
    slow.let()
    mine.step()
    run = records.run(one, "local")
    assert (run.status, run.attempt, run.starting, told(one)) == ("running", 1, False, [])


def test_a_process_that_dies_while_it_starts_is_replaced_at_once(home, slow):
    one, mine = queued(), agent.Agent()
    mine.step()
    slow.children[0].kill()
    slow.children[0].join()
    mine.step()
    run = records.run(one, "local")
    assert (run.status, run.attempt, len(slow.children), shortage.times(one)) == ("running", 2, 2, 0)
    assert told(one) == ["The process of attempt 1 was killed from outside (SIGKILL); the next one resumes."]


@pytest.fixture
def counter(tmp_path, monkeypatch):
    """The file in which the system counts what it killed for want of memory."""
    monkeypatch.setattr(machine, "VMSTAT", tmp_path / "vmstat")
    monkeypatch.setattr(machine, "GROUP", tmp_path / "not there")
    return tmp_path / "vmstat"


@pytest.fixture
def launcher(monkeypatch):
    made = Sleeping()
    monkeypatch.setitem(LAUNCHERS, "local", made)
    return made


@pytest.fixture
def slow(monkeypatch):
    made = Slow()
    monkeypatch.setitem(LAUNCHERS, "local", made)
    return made


def queued(kind="fine_tune", name="one", **more):
    return records.create_run("local", kind, "image_recognition", name, **more)


@pytest.mark.skipif(os.name != "posix", reason="There are no signals.")
def test_a_death_is_called_memory_only_where_the_system_counted_one(home, counter, launcher, caplog):
    one, mine, noted = queued(), agent.Agent(), []
    for how, killed in ((signal.SIGTERM, 4), (signal.SIGKILL, 4), (signal.SIGKILL, 3)):
        counter.write_text("nr_free_pages 1000\noom_kill 3\n")
        with engine().begin() as db:  # so that it is not given up
            db.execute(update(runs).values(attempt=0))
        mine.step()
        counter.write_text(f"nr_free_pages 1000\noom_kill {killed}\n")
        launcher.end(how)
        mine._reap(queue.running())
        noted.append(shortage.times(one))
    assert noted == [0, 1, 1]
    assert told(one) == [
        "The process of attempt 1 was killed from outside (SIGTERM); the next one resumes.",
        "Attempt 1 ended because memory ran out; the next one starts with smaller batches.",
        "The process of attempt 1 was killed from outside (SIGKILL); the next one resumes.",
    ]
    assert {reason: n for reason, n in deaths.counted().items() if n} == {"memory": 1, "killed": 2}
    assert f"Run {one}, attempt 1 ended (memory); it is started again." in caplog.text
    assert f"Run {one}, attempt 1 ended (killed: SIGKILL); it is started again." in caplog.text
    lifecycle.resume(one, "local")
    assert shortage.times(one) == 1  # whoever goes on begins where it fitted last


@pytest.mark.skipif(os.name != "posix", reason="There are no signals.")
def test_a_run_that_says_itself_that_memory_ran_out_is_believed(home, counter, launcher):
    one, mine = queued(), agent.Agent()
    mine.step()
    shortage.note(one)  # as one of several processes does before it ends
    launcher.end(signal.SIGKILL)
    mine._reap(queue.running())
    assert told(one) == ["Attempt 1 ended because memory ran out; the next one starts with smaller batches."]
    assert shortage.times(one) == 1


def test_how_often_the_system_killed_for_memory_is_asked_of_the_own_group_first(tmp_path, monkeypatch):
    group, groups, vmstat = tmp_path / "cgroup", tmp_path / "groups", tmp_path / "vmstat"
    for name, path in (("GROUP", group), ("GROUPS", groups), ("VMSTAT", vmstat)):
        monkeypatch.setattr(machine, name, path)
    assert machine.killed_for_memory() is None
    vmstat.write_text("nr_free_pages 1000\noom_kill 7\n")
    group.write_text("0::/user/app\n")
    assert machine.killed_for_memory() == 7
    (groups / "user" / "app").mkdir(parents=True)
    (groups / "memory.events").write_text("oom 3\noom_kill 2\noom_group_kill 0\n")  # as a container sees its own
    assert machine.killed_for_memory() == 2
    (groups / "user" / "app" / "memory.events").write_text("oom 1\noom_kill 1\n")
    assert machine.killed_for_memory() == 1
    group.write_text("5:cpu:/\n4:memory:/docker/1a\n0::/\n")
    (groups / "memory" / "docker" / "1a").mkdir(parents=True)
    (groups / "memory" / "docker" / "1a" / "memory.oom_control").write_text("under_oom 0\noom_kill 5\n")
    assert machine.killed_for_memory() == 5


def test_what_a_silent_host_left_is_taken_over_and_what_another_works_on_is_not(home):
    home.mkdir()
    left, kept = (queue.claim_here(records.create_run("local", "fine_tune", "speech", "calls")).id for _ in range(2))
    with engine().begin() as db:  # for the last time, so that it is not begun once more
        db.execute(update(runs).values(host="another host", attempt=queue.MOST_ATTEMPTS))
        db.execute(update(runs).where(runs.c.id == left).values(beat=time.time() - queue.STALE - 1))
    agent.Agent().step()
    assert [records.run(one, "local").status for one in (left, kept)] == ["failed", "running"]
    assert str(InputError.from_json(records.run(left, "local").error)).startswith(
        "The run ended abruptly 3 times; the last time its host no longer answered."
    )


def test_a_run_computes_with_a_thread_for_each_core_or_with_as_many_as_the_environment_says(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert machine.threads() == machine.cores()
    for told, count in (("3", 3), ("2,1", 2), ("0", machine.cores()), ("many", machine.cores())):
        monkeypatch.setenv("OMP_NUM_THREADS", told)
        assert machine.threads() == count
