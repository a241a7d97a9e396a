"""Whatever is killed or filled up, a run comes to the numbers it would have come to undisturbed."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from conftest import SHORT, case_of

import cases
from cases.base import Part
from cases.settings import as_json
from models.errors import InputError
from models.report import Quiet
from runs import files, queue, reading, store, worker


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


def test_a_training_killed_right_after_a_checkpoint_has_kept_every_figure_before_it(at_station, learnt):
    identity = at_station.train()
    run = at_station.until(identity, lambda run: list(files.run(identity).glob("checkpoint-14/COMPLETE")))
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
    kill(at_station.until(identity, lambda run: list(files.run(identity).glob("checkpoint-*/COMPLETE"))))
    run = at_station.ended(identity)
    assert (run.status, run.attempt, unbroken.attempt) == ("done", 2, 1)
    assert learnt(run) == learnt(unbroken)


@pytest.mark.parametrize("phase", ["preparing", "evaluating", "exporting"])
def test_a_run_killed_in_any_other_phase_comes_to_the_same_numbers(at_station, learnt, phase):
    if phase == "preparing":  # a machine that has seen nothing of these data: decoding and features take longer
        shutil.rmtree(files.cache() / "features")
        shutil.rmtree(files.cache() / "pixels")
    for _ in range(5):  # a phase may be over before the signal arrives
        identity = at_station.train()
        kill(at_station.until(identity, lambda run: in_phase(phase)(run) or run.ended_already))
        run = at_station.ended(identity)
        if run.attempt == 2:
            break
    assert (run.status, run.error, run.attempt) == ("done", None, 2)
    assert learnt(run) == learnt(at_station.unbroken)


def test_a_run_killed_each_time_is_given_up_with_the_reason(at_station):
    identity = at_station.train(epochs=200)
    for attempt in (1, 2, 3):
        kill(at_station.until(identity, lambda run, n=attempt: in_phase("training")(run) and run.attempt == n))
    run = at_station.ended(identity)
    assert run.status == "failed"
    assert str(InputError.from_json(run.error)) == (
        "The run ended abruptly 3 times, most likely because memory ran out. A run needs to reach its end. Start again"
        " with a smaller model or batch, or resume: what was learnt is kept."
    )


def test_a_run_outlives_its_agent_and_the_next_one_adopts_it(at_station, learnt):
    identity, waiting = at_station.train(), at_station.train(epochs=1)
    pid = at_station.until(identity, halfway).pid
    at_station.kill_agent()
    os.kill(pid, signal.SIGSTOP)  # so that it is surely still at work when the next agent comes
    at_station.start_agent()
    assert at_station.ended(at_station.read()).status == "done"  # the next agent works
    assert (store.run(identity, "local").status, store.run(waiting, "local").status) == ("running", "queued")
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
    assert store.run(identity, "local").status == "running"
    at_station.start_agent()
    run = at_station.ended(identity)
    assert (run.status, run.attempt) == ("done", 2)
    assert learnt(run) == learnt(at_station.unbroken)


@pytest.mark.parametrize("case", cases.NAMES)
def test_a_kept_file_of_what_a_body_saw_is_made_again_where_it_was_cut_off(at_station, at_hand, learnt, case):
    at_hand(case, at_station.home)
    whole = at_station.ended(at_station.train(case))  # a run killed while it prepared found nothing kept, see above
    kept = [path for path in (files.cache() / "features" / whole.dataset).iterdir() if path.suffix != ".lock"]
    assert kept
    for path in kept:
        os.truncate(path, 1)
    run = at_station.ended(at_station.train(case))
    assert (run.status, run.error, run.attempt) == ("done", None, 1)
    assert learnt(run) == learnt(whole)


@pytest.mark.parametrize("left", [1, 6])  # megabytes; a checkpoint takes 4.5 to 5.8
@pytest.mark.parametrize("case", SHORT)
def test_a_full_disk_is_told_and_with_room_the_run_goes_on(
    small_disk, materials, at_hand, learnt, monkeypatch, case, left
):
    body, archive = materials[case]
    folder, enlarge = small_disk(64 << 10)
    monkeypatch.setenv("CASEBOOK_HOME", str(folder))
    files.keep_ballast()
    at_hand(case, folder)
    reading.into_dataset(case_of(case), [Part(archive, archive.name)], "data", Quiet())
    settings = as_json(cases.get(case_of(case)).Settings(model=str(body), **{**SHORT[case], "epochs": 3}))
    identity, unbroken = (
        store.create_run("local", "fine_tune", case_of(case), archive.stem, dataset="data", settings=settings)
        for _ in range(2)
    )
    (folder / "something else").write_bytes(bytes(shutil.disk_usage(folder).free - (left << 20)))
    worker.work(queue.claim(["fine_tune"], 0))
    run = store.run(identity, "local")
    assert run.status == "failed"
    told = InputError.from_json(run.error)
    assert str(told) == (
        f"The disk is full: {told.args_['free']} MB are free. The run needs room for its checkpoints and its bundle."
        " Free some space where Casebook keeps its files, then resume: what was learnt is kept."
    )

    enlarge(128 << 10)
    store.resume(identity, "local")
    worker.work(queue.claim(["fine_tune"], 0))
    worker.work(queue.claim(["fine_tune"], 0))
    run, same = store.run(identity, "local"), store.run(unbroken, "local")
    assert (run.status, same.status) == ("done", "done")
    assert learnt(run) == learnt(same)
