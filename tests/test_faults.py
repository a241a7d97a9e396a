"""Whatever is killed or filled up, a run comes to the numbers it would have come to undisturbed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import threading
import time
from itertools import cycle

import pytest
import timm
import torch
import workshop

from models.errors import InputError
from models.progress import NullReporter
from runs import paths
from runs.language import LANGUAGES, say_error
from runs.store import database, lifecycle, queue, records
from runs.worker import worker
from runs.worker.reporter import StoreReporter

pytestmark = pytest.mark.slow

LOST = set()  # runs whose cache was deleted
HALFWAY = ("training", "training", 0.6)
EACH_LOOP = {  # of training, and the moments in which a process of it is killed; other cases share the first
    "image_recognition": [("preparing", "features", 0), ("preparing", "folds", 0.2), HALFWAY, ("evaluating", "", 0),
                          ("exporting", "export", 0.3)],
    "speech: transcribe": [HALFWAY],
    "recommendation": [HALFWAY],
}  # fmt: skip
LEAKS = ("SQL", "UPDATE ", "INSERT ", "SELECT ", "Traceback", "sqlalche", "sqlite3", "casebook.db'")


def kill(run):
    os.kill(run.pid, signal.SIGKILL)


def in_training(run):
    return run.status == "running" and run.pid and run.phase == "training"


@pytest.fixture(scope="module")
def slim_body(tmp_path_factory):
    """The folder of a tiny network as mobile ones are: depthwise convolutions, squeezed channels."""
    folder = tmp_path_factory.mktemp("slim")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = timm.create_model("test_efficientnet", num_classes=0)
    network.pretrained_cfg = {**network.pretrained_cfg, "input_size": (3, 32, 32), "crop_pct": 0.8}
    timm.models.save_for_hf(network, folder, safe_serialization=True)
    return folder


@pytest.fixture(scope="module")
def bench(tmp_path_factory, materials, learnt):
    """A home in which runs are done one after the other: `queued` as in the workshop, and `whole`, what an undisturbed
    run of a case comes to."""
    home, known = tmp_path_factory.mktemp("bench"), {}

    class Bench:
        place = home

        @staticmethod
        def queued(case, **changed):
            return workshop.queued(materials, case, **changed)

        def whole(self, case, **changed):
            key = case, *sorted(changed.items())
            if key not in known:
                run = workshop.done(self.queued(case, **changed))
                assert (run.status, run.error) == ("done", None)
                known[key] = learnt(run)
            return known[key]

    return Bench()


@pytest.fixture
def at_bench(bench, tokens_at_hand, monkeypatch):
    monkeypatch.setenv("CASEBOOK_HOME", str(bench.place))
    tokens_at_hand(bench.place)
    return bench


def cut_off(path):
    os.truncate(path, 1)


def overwritten(path):
    with path.open("r+b") as file:
        file.seek(-64, os.SEEK_END)
        file.write(bytes(64))


@pytest.mark.parametrize("case", ["image_recognition", "recommendation"])
def test_a_kept_file_of_what_a_body_saw_is_made_again_where_it_was_damaged(at_bench, learnt, slim_body, case):
    chosen = {"model": str(slim_body), "precision": "bf16"} if case == "image_recognition" else {}
    whole = at_bench.whole(case, epochs=3, **chosen)
    identity = at_bench.queued(case, epochs=3, **chosen)
    kept = sorted((paths.cache() / "features" / records.run(identity, "local").dataset).iterdir())
    kept = [path for path in kept if path.suffix not in (".lock", ".sha256")]
    assert kept
    for path, damage in zip(kept, cycle((overwritten, cut_off)), strict=False):  # each alone: `test_rows`
        damage(path)
    run = workshop.done(identity)
    assert (run.status, run.error) == ("done", None)
    assert learnt(run) == whole


class Losing(StoreReporter):
    """Deletes the cache, once, late in the training."""

    def progress(self, what, done, total, **more):
        super().progress(what, done, total, **more)
        if what == "training" and done >= 0.8 * total and self.run.id not in LOST:
            LOST.add(self.run.id)
            shutil.rmtree(paths.cache())


@pytest.mark.skipif(not workshop.FORKS, reason="processes that are killed are forked")
@pytest.mark.parametrize("case", EACH_LOOP)
def test_a_run_killed_in_any_phase_comes_to_the_same_numbers(at_bench, learnt, slim_body, case):
    """Also in 16 bits, and where its cache is gone before it begins, and again before it ends."""
    chosen = {"model": str(slim_body), "precision": "bf16"} if case == "image_recognition" else {}
    whole = at_bench.whole(case, epochs=3, **chosen)
    for kept in ("features", "pixels"):  # a machine that has seen nothing of these data
        shutil.rmtree(paths.cache() / kept, ignore_errors=True)
    identity = at_bench.queued(case, epochs=3, **chosen)
    for moment in EACH_LOOP[case]:
        workshop.killed(identity, *moment)
        if records.run(identity, "local").status == "failed":  # the third time in a row it is given up
            lifecycle.resume(identity, "local")
    run = workshop.done(identity, Losing)
    assert (run.status, run.error) == ("done", None)
    late = case == "image_recognition"  # killed after its training
    assert (run.attempt, identity in LOST) == ((3, False) if late else (2, True))
    assert learnt(run) == whole


@pytest.mark.parametrize("case", ["image_recognition", "recommendation"])
def test_a_full_disk_is_told_and_with_room_the_run_goes_on(
    small_disk, wide_materials, tokens_at_hand, learnt, monkeypatch, case
):
    folder, enlarge = small_disk(128 << 10)
    monkeypatch.setenv("CASEBOOK_HOME", str(folder))
    tokens_at_hand(folder)
    whole = []
    for number, left in enumerate((1, 6), 2):  # megabytes; a checkpoint takes 4.5 to 5.8
        paths.keep_ballast()
        identity = workshop.queued(wide_materials, case, epochs=2)
        (folder / "something else").write_bytes(bytes(shutil.disk_usage(folder).free - (left << 20)))
        run = workshop.done(identity)
        assert run.status == "failed"
        told = InputError.from_json(run.error)
        assert str(told).startswith(f"Too little disk space: {told.args_['free']} MB free.")
        assert bool(list(paths.run(identity).glob("checkpoint-*/COMPLETE"))) == (left == 6)

        enlarge((128 << 10) * number)
        lifecycle.resume(identity, "local")
        run = workshop.done(identity)
        assert run.status == "done"
        whole.append(learnt(run))
        (folder / "something else").unlink()
    assert whole[0] == whole[1]  # the first had no checkpoint and began anew, as one that nothing disturbs


def test_a_run_killed_each_time_is_given_up_with_the_reason(at_station):
    identity = at_station.train(epochs=200)
    for attempt in (1, 2, 3):
        kill(at_station.until(identity, lambda run, n=attempt: in_training(run) and run.attempt == n))
    run = at_station.ended(identity)
    assert run.status == "failed"
    assert str(InputError.from_json(run.error)) == (
        "The run ended abruptly 3 times; the last time its process was killed from outside. Its process must be left "
        "to work to its end. Resume to try again; progress is kept. The administrator can find details in the log."
    )


def test_a_run_outlives_its_agent_and_when_both_are_killed_the_next_takes_it_up_again(at_station, learnt):
    identity, waiting = at_station.train(), at_station.train(epochs=1)
    first = at_station.until(identity, lambda run: list(paths.run(identity).glob("checkpoint-14/COMPLETE")))
    at_station.kill_agent()
    os.kill(first.pid, signal.SIGSTOP)  # so that it is surely still at work when the next agent comes
    at_station.start_agent()
    assert at_station.ended(at_station.read()).status == "done"  # the next agent works
    assert (records.run(identity, "local").status, records.run(waiting, "local").status) == ("running", "queued")
    before = records.run(identity, "local").progress
    os.kill(first.pid, signal.SIGCONT)
    adopted = at_station.until(identity, lambda run: run.progress != before)
    assert (adopted.status, adopted.attempt, adopted.pid) == ("running", 1, first.pid)
    at_station.kill_agent()
    kill(adopted)
    assert records.run(identity, "local").status == "running"
    at_station.start_agent()
    run = at_station.ended(identity)
    assert (run.status, run.attempt) == ("done", 2)
    assert learnt(run) == learnt(at_station.unbroken)
    at_station.until(waiting, lambda run: run.status != "queued")
    lifecycle.discard(waiting, "local")


def clean(text):
    return not [leak for leak in LEAKS if leak in text]


@pytest.fixture
def queued(materials, home):
    """A short training that waits."""
    return workshop.queued(materials, "image_recognition", epochs=1, mode="head")


class Locking(NullReporter):
    """Another program holds the database from when each phase begins, for longer than it is waited for at first."""

    def __init__(self):
        self.threads, self.phases = [], []

    def phase(self, name):
        held = threading.Event()
        self.phases.append(name)
        self.threads.append(threading.Thread(target=self.hold, args=(held,)))
        self.threads[-1].start()
        assert held.wait(30)

    def hold(self, held):
        other = sqlite3.connect(paths.home() / "casebook.db", timeout=30)
        other.execute("BEGIN IMMEDIATE")
        held.set()
        time.sleep(0.7)
        other.rollback()
        other.close()

    def join(self):
        for thread in self.threads:
            thread.join()


@pytest.fixture
def hasty(monkeypatch):
    """The database is waited for shortly, so that a test need not hold it for long."""
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    monkeypatch.setattr(database, "patience", 0.2)


def test_a_run_waits_for_a_database_that_is_locked_in_any_phase(hasty, queued):
    locking, run = Locking(), queue.claim(["fine_tune"], 0)
    worker.work(run, StoreReporter(run, locking))
    locking.join()
    run = records.run(queued, "local")
    assert (run.status, run.error) == ("done", None)
    assert locking.phases == ["preparing", "training", "evaluating", "exporting"]
    assert run.result["test"] and run.facts["counts"]


class Short(NullReporter):
    """Memory runs out as soon as a phase begins."""

    def __init__(self, phase):
        self.wanted = phase

    def phase(self, name):
        if name == self.wanted:
            raise MemoryError


@pytest.mark.parametrize("phase", ["preparing", "training", "evaluating", "exporting"])
def test_memory_that_runs_out_in_any_phase_is_named_with_what_helps(queued, phase):
    run = queue.claim(["fine_tune"], 0)
    worker.work(run, StoreReporter(run, Short(phase)))
    run = records.run(queued, "local")
    assert run.status == "failed"
    assert run.error["resumable"]
    assert str(InputError.from_json({**run.error})) == (
        "Memory ran out. Memory must hold the model and one batch. Choose a smaller model or batch size, or close "
        "other programs, then resume; progress is kept."
    )
    assert bool(run.result) == (phase == "exporting")


def test_no_failure_that_is_stored_shows_sql(hasty, queued, monkeypatch):
    monkeypatch.setattr(database, "LONG", 0.2)

    class Breaking(NullReporter):
        """As where a table is damaged."""

        def phase(self, name):
            if name == "evaluating":
                with database.engine().begin() as db:
                    db.exec_driver_sql("INSERT INTO metrics VALUES ('a secret of theirs')")

    run = queue.claim(["fine_tune"], 0)
    worker.work(run, StoreReporter(run, Breaking()))
    told = InputError.from_json(records.run(queued, "local").error)
    assert records.run(queued, "local").status == "failed"
    assert clean(str(told)) and "secret" not in str(told)
    for language in LANGUAGES:
        assert clean(say_error(language, told.as_json()))
