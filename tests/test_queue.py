"""The run row is the queue: one taker for each, lanes that do not block, and deaths that are noticed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import psutil
import pytest
from conftest import ROOT
from sqlalchemy import update

from models.errors import InputError
from runs.kinds import LANES, in_lane
from runs.store import deaths, lifecycle, queue, records, turns
from runs.store.changes import Changes
from runs.store.database import engine
from runs.store.deaths import Death
from runs.store.tables import runs

DATABASES = ("sqlite", "postgres")  # on each


def create(kind="fine_tune", owner="ann"):
    return records.create_run(owner, kind, "image_recognition", "cats")


def change(identity, **values):
    with engine().begin() as db:
        db.execute(update(runs).where(runs.c.id == identity).values(**values))


def test_the_oldest_is_taken_first_and_then_there_is_none():
    first, second = create(), create()
    taken = [queue.claim(["fine_tune"], slot) for slot in (0, 1, 2)]
    assert [run and (run.id, run.slot, run.status, run.attempt) for run in taken] == [
        (first, 0, "running", 1), (second, 1, "running", 1), None
    ]  # fmt: skip
    assert taken[0].pid is None and taken[0].started is not None


TAKER = """
import sys, time
from runs.kinds import in_lane
from runs.store import queue, turns
turns.LISTED, turns.FRESH, lane = 7, 0.05, in_lane("training")
take = {"claim": lambda: queue.claim(lane, 0), "claim_placed": lambda: queue.claim_placed(lane, lambda run: 0)}
for line in sys.stdin:
    many, how = line.split()
    turns.MANY = int(many)
    while queue.waiting():
        if run := take[how]():
            print(run.id, flush=True)
        time.sleep(0.002)
    print("over", flush=True)
"""


@pytest.mark.slow
def test_two_processes_share_the_waiting_runs_without_taking_one_twice():
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    takers = [subprocess.Popen([sys.executable, "-c", TAKER], cwd=ROOT, **pipes) for _ in range(2)]

    def told(line):
        for taker in takers:
            taker.stdin.write(line)
            taker.stdin.flush()
        return [[*iter(lambda taker=taker: taker.stdout.readline().strip(), "over")] for taker in takers]

    told("1000 claim\n")  # nothing waits: both are there
    for many, how in ((1000, "claim"), (10, "claim"), (10, "claim_placed")):
        waiting = {create() for _ in range(40)}
        taken = told(f"{many} {how}\n")
        assert sorted(taken[0] + taken[1]) == sorted(waiting)
        assert taken[0] and taken[1]
    for taker in takers:
        taker.communicate(timeout=60)
        assert taker.returncode == 0


def test_what_somebody_waits_for_waits_for_nothing_long():
    training, predicting, reading, explaining = create(), create("predict"), create("read"), create("explain")
    assert LANES == ("interactive", "lengthy", "training", "upkeep")
    taken = [queue.claim(in_lane("interactive"), 0).id for _ in range(2)]
    assert taken == [reading, explaining]
    assert queue.claim(in_lane("interactive"), 0) is None
    assert queue.claim(in_lane("lengthy"), 0).id == predicting
    assert queue.claim(in_lane("training"), 0).id == training


def test_a_waiting_run_knows_how_many_come_before_it():
    first, reading, second, third = create(), create("read"), create(), create()
    assert [turns.of(records.run(one, "ann")).before for one in (first, second, third, reading)] == [0, 1, 2, 0]
    queue.claim(["fine_tune"], 0)
    assert turns.of(records.run(second, "ann")).before == 1
    queue.end(first, "done")
    assert turns.of(records.run(second, "ann")).before == 0


def test_whoever_was_served_least_lately_comes_next():
    for _ in range(2):
        create()
    change(served := queue.claim(["fine_tune"], 0).id, started=time.time() - 600)
    queue.end(served, "done")
    mine, bobs = create(), create(owner="bob")
    assert queue.claim(["fine_tune"], 0).id == bobs  # ann came first, and had ten minutes
    change(bobs, started=time.time() - 3600)
    assert queue.claim(["fine_tune"], 1).owner == "ann"  # bob has had an hour
    last = create(owner="bob")
    turns.move_first(last)
    assert queue.claim(["fine_tune"], 2).id == last
    assert queue.claim(["fine_tune"], 3).id == mine


@pytest.fixture
def lists(monkeypatch):
    """The next runs are listed where six wait; a list holds until the next test."""
    monkeypatch.setattr(turns, "MANY", 6)
    monkeypatch.setattr(turns, "FRESH", 600.0)


def taken(many):
    claimed = (queue.claim(in_lane("training"), 0) for _ in range(many))
    return [one and one.id for one in claimed]


def test_where_many_wait_owners_take_turns_and_stopped_runs_none(lists):
    anns, bobs = [create() for _ in range(4)], [create(owner="bob") for _ in range(3)]
    assert taken(3) == [anns[0], bobs[0], anns[1]]
    lifecycle.ask_to_stop(bobs[1], "bob")
    late = create(owner="eve")  # is in no list yet
    assert taken(5) == [anns[2], bobs[2], anns[3], late, None]


def test_where_many_wait_a_list_that_is_used_up_or_old_is_made_again(lists, monkeypatch):
    monkeypatch.setattr(turns, "LISTED", 2)
    anns = [create() for _ in range(9)]
    assert taken(10) == [*anns, None]
    monkeypatch.setattr(turns, "FRESH", 0.0)
    monkeypatch.setattr(turns, "SHARE", 1e9)
    anns = [create() for _ in range(9)]
    assert taken(1) == anns[:1]
    change(anns[3], moved=time.time())
    assert taken(1) == anns[3:4]


def test_where_many_wait_a_larger_run_keeps_its_turn(lists):
    large = records.create_run("ann", "fine_tune", "speech", "calls", processes=4)
    small = [create() for _ in range(6)]
    room = lambda most: lambda run: 0 if run.processes <= most else None  # noqa: E731
    assert queue.claim_placed(in_lane("training"), room(2)) is None
    assert queue.claim_placed(in_lane("training"), room(4)).id == large
    assert queue.claim_placed(in_lane("training"), room(2)).id == small[0]


def test_a_waiting_run_knows_when_it_begins_once_one_has_ended():
    change(create(), status="done", started=1000.0, ended=1600.0)
    change(create(), status="running", started=time.time() - 100)
    first, second, other = create(), create(), create(owner="bob")
    turn = {identity: turns.of(records.run(identity, owner)) for identity, owner in
            ((first, "ann"), (second, "ann"), (other, "bob"))}  # fmt: skip
    assert [turn[one].before for one in (other, first, second)] == [1, 2, 3]
    assert [turn[one].seconds for one in (other, first, second)] == pytest.approx([500, 1100, 1700], abs=5)
    assert turns.of(records.run(second, "ann"), slots=2).seconds == pytest.approx(600, abs=5)


def test_only_a_running_run_can_be_ended():
    one = create()
    queue.end(one, "done")
    assert records.run(one, "ann").status == "queued"
    queue.claim_here(one)
    queue.end(one, "failed")
    queue.end(one, "done")
    run = records.run(one, "ann")
    assert (run.status, run.ended is not None) == ("failed", True)


def test_the_result_of_a_stopped_run_is_kept_unless_it_goes_on():
    one = create()
    queue.keep_result(one, "stopped", result={"test": 1})
    assert records.run(one, "ann").result is None
    lifecycle.ask_to_stop(one, "ann")
    queue.keep_result(one, "stopped", result={"test": 1})
    assert records.run(one, "ann").result == {"test": 1}


def test_a_run_whose_process_died_is_taken_up_twice_more_and_then_given_up():
    one = create()
    for attempt in (1, 2, 3):
        run = queue.claim(["fine_tune"], 0)
        assert run.attempt == attempt
        queue.died(run, Death(deaths.MEMORY))
    run = records.run(one, "ann")
    assert run.status == "failed"
    assert str(InputError.from_json(run.error)) == (
        "The run ended abruptly 3 times; the last time memory ran out. Memory must hold the model and one batch. "
        "Start again with a smaller model or batch size, or resume; progress is kept."
    )
    lifecycle.resume(one, "ann")
    assert queue.claim(["fine_tune"], 0).attempt == 1


def test_a_death_that_was_noticed_late_does_not_take_the_run_from_its_next_process():
    create()
    first = queue.claim(["fine_tune"], 0)
    queue.died(first)
    second = queue.claim(["fine_tune"], 0)
    queue.died(first)
    assert records.run(second.id, "ann").status == "running"


def test_the_present_process_lives_and_a_pid_with_a_new_bearer_does_not():
    one = create()
    run = queue.claim_here(one)
    assert (run.pid, queue.alive(run)) == (os.getpid(), True)
    change(one, pid_started=psutil.Process().create_time() - 100)
    assert not queue.alive(records.run(one, "ann"))


def test_a_process_that_ended_is_dead_also_before_its_parent_looks():
    one = create()
    queue.claim_here(one)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    change(one, pid=child.pid, pid_started=psutil.Process(child.pid).create_time())
    assert queue.alive(records.run(one, "ann"))
    child.kill()
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert not queue.alive(records.run(one, "ann"))
    child.wait()
    assert not queue.alive(records.run(one, "ann"))


def test_a_run_that_has_not_signed_in_is_given_half_a_minute():
    one = create()
    queue.claim(["fine_tune"], 0)
    assert queue.alive(records.run(one, "ann"))
    change(one, beat=records.run(one, "ann").beat - 31)
    assert not queue.alive(records.run(one, "ann"))
    assert queue.sign_in(one).pid == os.getpid()
    assert queue.alive(records.run(one, "ann"))


def test_a_beat_stores_what_comes_with_it_and_a_run_that_is_gone_is_discarded():
    one = create()
    queue.claim_here(one)
    assert queue.beat(one, phase="training", progress={"done": 1}) is None
    run = records.run(one, "ann")
    assert (run.phase, run.progress) == ("training", {"done": 1})
    assert queue.beat("00000000") == "discard"


@pytest.mark.slow
def test_an_agent_with_nothing_to_do_waits_until_another_process_has_written():
    changes, leaving = Changes(), threading.Event()
    changes.wait(5.0, leaving)
    begun = time.monotonic()
    changes.wait(0.5, leaving)
    assert time.monotonic() - begun >= 0.5
    create()
    changes.wait(0.5, leaving)
    heard = engine().dialect.name == "postgresql"  # SQLite counts what other connections wrote
    assert heard or time.monotonic() - begun >= 1.0
    program = "from runs.store import records; records.create_run('ann', 'read', 'speech', 'tones')"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as other:
        changes.wait(60.0, leaving)
        assert queue.waiting() == {"fine_tune", "read"}
        other.wait()
    leaving.set()
    begun = time.monotonic()
    for _ in range(2):  # the first may still be of what was written
        changes.wait(60.0, leaving)
    assert time.monotonic() - begun < 30
