"""Whatever is killed or filled up, a run comes to the numbers it would have come to undisturbed."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from station import SHORT, case_of

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from models.errors import InputError
from models.progress import NullReporter
from runs import paths
from runs.jobs import data_import
from runs.store import queue, records
from runs.worker import worker
from runs.worker.reporter import StoreReporter


@pytest.fixture
def at_hand(request):
    """Lay what the case is read with into a home, as after its first use."""

    def lay(case, home):
        if case == "text_analysis":
            request.getfixturevalue("tokens_at_hand")(home)

    return lay


def kill(run):
    os.kill(run.pid, signal.SIGKILL)


def in_phase(phase):
    return lambda run: run.status == "running" and run.pid and run.phase == phase


def halfway(run):
    return (
        in_phase("training")(run) and (run.progress or {}).get("done", 0) >= 17
    )  # in the third epoch, of 7 or 8 steps each


def cut_off(path):
    os.truncate(path, 1)


def overwritten(path):
    with path.open("r+b") as file:
        file.seek(-64, os.SEEK_END)
        file.write(bytes(64))


def test_a_training_killed_right_after_a_checkpoint_has_kept_every_figure_before_it(at_station, learnt):
    identity = at_station.train()
    run = at_station.until(identity, lambda run: list(paths.run(identity).glob("checkpoint-14/COMPLETE")))
    kill(run)
    run = at_station.ended(identity)
    assert (run.status, run.attempt) == ("done", 2)
    assert learnt(run) == learnt(at_station.unbroken)


@pytest.mark.parametrize("case", SHORT)
def test_a_training_killed_halfway_comes_to_the_same_numbers(at_station, at_hand, learnt, case):
    at_hand(case, at_station.home)
    identity = at_station.train(case)
    kill(at_station.until(identity, halfway))
    run = at_station.ended(identity)
    assert (run.status, run.error, run.attempt) == ("done", None, 2)
    assert learnt(run) == learnt(at_station.once("train", case))


def test_the_packaged_network_killed_in_full_training_comes_to_the_same_numbers(at_station, learnt):
    real = {"model": "efficientnet_lite0", "epochs": 2, "batch_size": 16, "precision": "auto"}
    unbroken = at_station.ended(at_station.train(**real))
    identity = at_station.train(**real)
    kill(at_station.until(identity, lambda run: list(paths.run(identity).glob("checkpoint-*/COMPLETE"))))
    run = at_station.ended(identity)
    assert (run.status, run.attempt, unbroken.attempt) == ("done", 2, 1)
    assert learnt(run) == learnt(unbroken)


@pytest.mark.parametrize("phase", ["preparing", "evaluating", "exporting"])
def test_a_run_killed_in_any_other_phase_comes_to_the_same_numbers(at_station, learnt, phase):
    unbroken = at_station.unbroken
    if phase == "preparing":  # a machine that has seen nothing of these data: decoding and features take longer
        shutil.rmtree(paths.cache() / "features")
        shutil.rmtree(paths.cache() / "pixels")
    for _ in range(5):  # a phase may be over before the signal arrives
        identity = at_station.train()
        kill(at_station.until(identity, lambda run: in_phase(phase)(run) or run.ended_already))
        run = at_station.ended(identity)
        if run.attempt == 2:
            break
    assert (run.status, run.error, run.attempt) == ("done", None, 2)
    assert learnt(run) == learnt(unbroken)


def test_a_run_killed_each_time_is_given_up_with_the_reason(at_station):
    identity = at_station.train(epochs=200)
    for attempt in (1, 2, 3):
        kill(at_station.until(identity, lambda run, n=attempt: in_phase("training")(run) and run.attempt == n))
    run = at_station.ended(identity)
    assert run.status == "failed"
    assert str(InputError.from_json(run.error)) == (
        "The run ended abruptly 3 times, probably because memory ran out. Memory must hold the model and one batch. "
        "Start again with a smaller model or batch size, or resume; progress is kept."
    )


def test_a_run_outlives_its_agent_and_the_next_one_adopts_it(at_station, learnt):
    identity, waiting = at_station.train(), at_station.train(epochs=1)
    pid = at_station.until(identity, halfway).pid
    at_station.kill_agent()
    os.kill(pid, signal.SIGSTOP)  # so that it is surely still at work when the next agent comes
    at_station.start_agent()
    assert at_station.ended(at_station.read()).status == "done"  # the next agent works
    assert (records.run(identity, "local").status, records.run(waiting, "local").status) == ("running", "queued")
    os.kill(pid, signal.SIGCONT)
    run, after = at_station.ended(identity), at_station.ended(waiting)
    assert (run.status, run.attempt, run.pid) == ("done", 1, pid)
    assert learnt(run) == learnt(at_station.unbroken)
    assert (after.status, after.attempt) == ("done", 1)


def test_when_agent_and_run_are_killed_the_next_agent_takes_the_run_up_again(at_station, learnt):
    identity = at_station.train()
    run = at_station.until(identity, halfway)
    at_station.kill_agent()
    kill(run)
    assert records.run(identity, "local").status == "running"
    at_station.start_agent()
    run = at_station.ended(identity)
    assert (run.status, run.attempt) == ("done", 2)
    assert learnt(run) == learnt(at_station.unbroken)


@pytest.mark.parametrize("case", cases.NAMES)
def test_a_kept_file_of_what_a_body_saw_is_made_again_where_it_was_damaged(at_station, at_hand, learnt, case):
    at_hand(case, at_station.home)
    whole = at_station.ended(at_station.train(case))  # a run killed while it prepared found nothing kept, see above
    for damage in (cut_off, overwritten):
        kept = (paths.cache() / "features" / whole.dataset).iterdir()
        kept = [path for path in kept if path.suffix not in (".lock", ".sha256")]
        assert kept
        for path in kept:
            damage(path)
        run = at_station.ended(at_station.train(case))
        assert (run.status, run.error, run.attempt) == ("done", None, 1)
        assert learnt(run) == learnt(whole)


@pytest.mark.parametrize("case", cases.NAMES)
def test_a_run_whose_cache_is_deleted_comes_to_the_same_numbers(at_station, at_hand, learnt, case):
    at_hand(case, at_station.home)
    whole = at_station.once("train", case)
    identity = at_station.train(case)
    at_station.until(identity, halfway)
    shutil.rmtree(paths.cache())
    run = at_station.ended(identity)
    assert (run.status, run.error, run.attempt) == ("done", None, 1)
    assert learnt(run) == learnt(whole)


class Removing(NullReporter):
    """Deletes the cache, once, as soon as what the body saw of the items is there."""

    def __init__(self):
        self.notes = []

    def progress(self, what, done, total, **more):
        if (what, done) == ("features", total) and not self.notes:
            shutil.rmtree(paths.cache())

    def note(self, message, **args):
        self.notes.append(message.format(**args))


def test_a_run_that_misses_what_it_had_kept_makes_it_again_and_says_so(materials, home):
    body, archive = materials["image_recognition"]
    data_import.into_dataset("image_recognition", [UploadedFile(archive, archive.name)], "data", NullReporter())
    records.add_dataset("local", "data", "image_recognition", "noise", sample=False)
    settings = as_json(cases.get("image_recognition").Settings(model=str(body), epochs=1, batch_size=8))
    identity = records.create_run("local", "fine_tune", "image_recognition", "noise", dataset="data", settings=settings)
    run, removing = queue.claim(["fine_tune"], 0), Removing()
    worker.work(run, StoreReporter(run, removing))
    run = records.run(identity, "local")
    assert (run.status, run.error) == ("done", None)
    assert "Files of this run were removed while it was running; they are created again." in removing.notes


@pytest.mark.parametrize("left", [1, 6])  # megabytes; a checkpoint takes 4.5 to 5.8
@pytest.mark.parametrize("case", SHORT)
def test_a_full_disk_is_told_and_with_room_the_run_goes_on(
    small_disk, materials, at_hand, learnt, monkeypatch, case, left
):
    body, archive = materials[case]
    folder, enlarge = small_disk(64 << 10)
    monkeypatch.setenv("CASEBOOK_HOME", str(folder))
    paths.keep_ballast()
    at_hand(case, folder)
    data_import.into_dataset(case_of(case), [UploadedFile(archive, archive.name)], "data", NullReporter())
    records.add_dataset("local", "data", case_of(case), archive.stem, sample=False)
    settings = as_json(cases.get(case_of(case)).Settings(model=str(body), **{**SHORT[case], "epochs": 3}))
    identity, unbroken = (
        records.create_run("local", "fine_tune", case_of(case), archive.stem, dataset="data", settings=settings)
        for _ in range(2)
    )
    (folder / "something else").write_bytes(bytes(shutil.disk_usage(folder).free - (left << 20)))
    worker.work(queue.claim(["fine_tune"], 0))
    run = records.run(identity, "local")
    assert run.status == "failed"
    told = InputError.from_json(run.error)
    assert str(told) == (
        f"Too little disk space: {told.args_['free']} MB free. The run needs space for checkpoints and its bundle. "
        "Free some space on Casebook's disk, then resume; progress is kept."
    )

    enlarge(128 << 10)
    records.resume(identity, "local")
    worker.work(queue.claim(["fine_tune"], 0))
    worker.work(queue.claim(["fine_tune"], 0))
    run, same = records.run(identity, "local"), records.run(unbroken, "local")
    assert (run.status, same.status) == ("done", "done")
    assert learnt(run) == learnt(same)
