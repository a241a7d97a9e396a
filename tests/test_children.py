"""Runs that a run began: worked within it, seen with it, gone with it."""

from __future__ import annotations

import pytest

from runs import paths
from runs.limits import allowances, storage
from runs.store import lifecycle, queue, records, turns
from runs.worker.worker import keep_the_best

DATABASES = ("sqlite", "postgres")  # on each
CASE = "image_recognition"


@pytest.fixture
def search():
    """A run at work, with a child that has ended and one at work."""
    identity = records.create_run("ann", "fine_tune", CASE, "cats", dataset="d1")
    queue.claim_here(identity)
    return identity


def child(of, status="running", **values):
    made = records.create_run("ann", "fine_tune", CASE, "cats", status="running", parent=of, purpose="search", **values)
    if status != "running":
        queue.end(made, status)
    return made


def test_children_are_in_no_list_and_no_count_but_with_their_parent(search):
    first, second = child(search, "stopped"), child(search)
    lesson = records.create_run("ann", "fine_tune", CASE, "a lesson", purpose="lesson")
    assert [run.id for run in records.run_list("ann")] == [search]
    assert records.run_counts("ann") == {"running": 1}
    assert [run.id for run in records.children(records.run(search, "ann"))] == [first, second]
    assert records.parent(records.run(first, "ann")).id == search
    assert records.parent(records.run(lesson, "ann")) is None
    assert [run.id for run in queue.running()] == [search]
    assert allowances.at_work("ann") == [search, lesson]
    with pytest.raises(ValueError, match="what for"):
        records.create_run("ann", "fine_tune", CASE, "cats", parent=search)


def test_nobody_else_sees_or_stops_a_child(search):
    made = child(search)
    lifecycle.ask_to_stop(search, "bob")
    lifecycle.discard(search, "bob")
    assert records.run(made, "bob") is None
    assert records.run(made, "ann").stop is None


def test_no_agent_takes_a_child_and_it_goes_on_with_its_parent_only(search):
    made = child(search)
    queue.died(queue.running()[0])  # its process, which was the child's too
    assert queue.waiting() == {"fine_tune"}
    assert [run.id for run in turns.waiting()] == [search]
    assert queue.claim(["fine_tune"], 0).id == search
    assert queue.claim(["fine_tune"], 0) is None
    queue.end(search, "failed")
    assert records.run(made, "ann").status == "stopped"
    lifecycle.resume(made, "ann")
    assert records.run(made, "ann").status == "stopped"


def test_a_stop_reaches_the_children_at_work_and_not_those_that_ended(search):
    ended, at_work = child(search, "stopped"), child(search)
    lifecycle.ask_to_stop(search, "ann")
    assert records.run(ended, "ann").stop is None
    assert records.run(at_work, "ann").stop == "stop"
    keep_the_best(records.run(at_work, "ann"), "stop")  # what it learnt is its parent's to judge
    assert records.latest("keep", at_work, "ann") is None


def test_deleting_the_parent_deletes_children_their_files_and_the_work_about_them(search):
    made = child(search, "stopped")
    about = records.create_run("ann", "keep", CASE, "cats", subject=made)
    for one in (search, made, about):
        (paths.run(one) / "weights").write_bytes(bytes(1000))
    assert [(one.id, one.bytes) for one in storage.largest("ann", 5)] == [(search, 3000)]
    lifecycle.discard(search, "ann")
    assert records.run(made, "ann") is None
    queue.end(search, "stopped")
    lifecycle.forget(search)
    assert not any((paths.home() / "runs" / one).exists() for one in (search, made, about))
    assert records.run(about, "ann") is None
