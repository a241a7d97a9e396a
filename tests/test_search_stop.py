"""A search that was killed or stopped goes on with what it had tried."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace

import pytest
import workshop
from searches import PICTURES, begun, known, tried

from models.progress import QUIET
from runs.search import job, journal
from runs.search.journal import DONE, PRUNED, Trial
from runs.store import database, lifecycle, queue, records
from runs.worker.reporter import StoreReporter


@pytest.mark.slow
def test_a_killed_search_goes_on_with_all_that_was_tried(few_trials, materials):
    few_trials(2, draws=1)
    run = begun(materials, PICTURES)
    _kill_in_second_trial(run)
    before = known(run)
    assert [one.state for one in before.trials] == [DONE, journal.RUNNING]
    after = tried(run)
    assert records.run(run, "local").attempt == 2
    assert after.trials[0] == before.trials[0]
    assert [one.run for one in after.trials[:2]] == [one.run for one in before.trials]
    assert after.trials[1].state in (DONE, PRUNED) and after.spent >= before.spent


def _kill_in_second_trial(run):
    """Have the search done by a process that is killed while its second trial trains."""

    class Doomed(StoreReporter):
        def progress(self, what, done, total, **more):
            super().progress(what, done, total, **more)
            if len(known(self.run.id).trials) == 2:
                os.kill(os.getpid(), signal.SIGKILL)

    def work():
        database.engine().dispose(close=False)
        workshop.done(run, Doomed)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    queue.died(records.run(run, "local"))


def test_a_search_that_an_earlier_version_began_goes_on_with_what_it_had_tried(materials, small_models, home):
    small_models(home)
    run = records.run(begun(materials, PICTURES, mode="head"), "local")
    began = journal.of(run)
    older = {name: value for name, value in began.base.items() if name != "augmented_views"}
    start = f"{materials[PICTURES][0]} head"
    done = Trial("", start, {}, {"way": start, f"{start}: learning_rate": 1.0}, DONE, seconds=7.0, value=0.5)
    replace(began, base=older, trials=(done,)).save(run.id)
    work = job.Search(records.run(run.id, "local"), QUIET)
    assert work.space.starts[0]["augmented_views"] == 0
    assert work._tried == {work.space.key(work.space.starts[0])}
    usual = work.study.usual(start)
    assert work._took(usual) == 7.0 and work._took({**usual, f"{start}: augmented_views": 4}) is None


@pytest.mark.slow
def test_a_stopped_search_keeps_its_best_and_can_go_on(few_trials, materials):
    few_trials(2, draws=1)
    run = begun(materials, PICTURES)

    class Stopping(StoreReporter):
        def progress(self, what, done, total, **more):
            super().progress(what, done, total, **more)
            if len(known(self.run.id).trials) == 2:
                lifecycle.ask_to_stop(self.run.id, "local")
                self.flush()

    stopped = workshop.done(run, Stopping)
    assert stopped.status == "stopped"
    keeping = records.latest("keep", run, "local")
    assert workshop.done(keeping.id).status == "done"
    kept = records.run(run, "local")
    assert kept.packed and kept.result["search"]["trials"] == 1 and "stopped" not in kept.result
    assert known(run).trials[0].state == DONE
    lifecycle.resume(run, "local")
    done = workshop.done(run)
    assert done.status == "done" and done.result["search"]["trials"] >= 2
