"""Whatever is killed or filled up, a run comes to the numbers it would have come to undisturbed."""

from __future__ import annotations

import os
import shutil
import signal
from itertools import cycle

import pytest
import timm
import torch
import workshop

import cases
from cases.base import UploadedFile
from cases.settings import as_json
from models.errors import InputError
from models.progress import NullReporter
from runs import paths
from runs.jobs import data_import
from runs.store import dataset_rows, lifecycle, queue, records
from runs.worker import worker
from runs.worker.reporter import StoreReporter

EACH_LOOP = ("image_recognition", "speech: transcribe", "recommendation")  # of training; other cases share the first

forks = pytest.mark.skipif(not workshop.FORKS, reason="processes that are killed are forked")


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


@forks
@pytest.mark.parametrize("case", EACH_LOOP)
def test_a_training_killed_halfway_comes_to_the_same_numbers(at_bench, learnt, case):
    identity = at_bench.queued(case)
    workshop.killed(identity, "training", "training", share=0.6)  # in the third epoch of four
    run = workshop.done(identity)
    assert (run.status, run.error, run.attempt) == ("done", None, 2)
    assert learnt(run) == at_bench.whole(case)


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


@forks
def test_a_mobile_network_killed_in_full_training_in_16_bits_comes_to_the_same_numbers(at_bench, learnt, slim_body):
    chosen = {"model": str(slim_body), "precision": "bf16", "epochs": 2}
    identity = at_bench.queued("image_recognition", **chosen)
    workshop.killed(identity, "training", "training", share=0.6)
    run = workshop.done(identity)
    assert (run.status, run.error, run.attempt) == ("done", None, 2)
    assert learnt(run) == at_bench.whole("image_recognition", **chosen)


@forks
@pytest.mark.parametrize(
    "moments",
    [
        [("preparing", "features", 0), ("evaluating", "", 0)],
        [("preparing", "folds", 0.2), ("exporting", "export", 0.3)],
    ],
    ids=["features, evaluating", "folds, exporting"],
)
def test_a_run_killed_in_any_two_other_phases_comes_to_the_same_numbers(at_bench, learnt, moments):
    for kept in ("features", "pixels"):  # a machine that has seen nothing of these data
        shutil.rmtree(paths.cache() / kept, ignore_errors=True)
    identity = at_bench.queued("image_recognition")
    for moment in moments:
        workshop.killed(identity, *moment)
    run = workshop.done(identity)
    assert (run.status, run.error, run.attempt) == ("done", None, 3)
    assert learnt(run) == at_bench.whole("image_recognition")


def test_a_run_killed_each_time_is_given_up_with_the_reason(at_station):
    identity = at_station.train(epochs=200)
    for attempt in (1, 2, 3):
        kill(at_station.until(identity, lambda run, n=attempt: in_phase("training")(run) and run.attempt == n))
    run = at_station.ended(identity)
    assert run.status == "failed"
    assert str(InputError.from_json(run.error)) == (
        "The run ended abruptly 3 times; the last time its process was killed from outside. Its process must be left "
        "to work to its end. Resume to try again; progress is kept. The administrator can find details in the log."
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


@pytest.mark.parametrize("case", ["image_recognition", "recommendation"])
def test_a_kept_file_of_what_a_body_saw_is_made_again_where_it_was_damaged(at_bench, learnt, case):
    short = {"epochs": 1}
    whole = at_bench.whole(case, **short)
    identity = at_bench.queued(case, **short)
    kept = sorted((paths.cache() / "features" / records.run(identity, "local").dataset).iterdir())
    kept = [path for path in kept if path.suffix not in (".lock", ".sha256")]
    assert kept
    for path, damage in zip(kept, cycle((overwritten, cut_off)), strict=False):  # each alone: `test_rows`
        damage(path)
    run = workshop.done(identity)
    assert (run.status, run.error) == ("done", None)
    assert learnt(run) == whole


class Losing(StoreReporter):
    """Deletes the cache, once, in the middle of the training."""

    lost = False

    def progress(self, what, done, total, **more):
        super().progress(what, done, total, **more)
        if (what, self.lost) == ("training", False) and done >= 0.6 * total:
            self.lost = True
            shutil.rmtree(paths.cache())


@pytest.mark.parametrize("case", ["text_analysis", "recommendation"])
def test_a_run_whose_cache_is_deleted_comes_to_the_same_numbers(at_bench, learnt, case):
    identity = at_bench.queued(case)
    run = workshop.done(identity, Losing)
    assert (run.status, run.error) == ("done", None)
    assert learnt(run) == at_bench.whole(case)


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
    dataset_rows.add("local", "data", "image_recognition", "noise", sample=False)
    settings = as_json(cases.get("image_recognition").Settings(model=str(body), epochs=1, batch_size=8))
    identity = records.create_run("local", "fine_tune", "image_recognition", "noise", dataset="data", settings=settings)
    run, removing = queue.claim(["fine_tune"], 0), Removing()
    worker.work(run, StoreReporter(run, removing))
    run = records.run(identity, "local")
    assert (run.status, run.error) == ("done", None)
    assert "Files of this run were removed while it was running; they are created again." in removing.notes


@pytest.mark.parametrize("case", EACH_LOOP)
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
        assert str(told) == (
            f"Too little disk space: {told.args_['free']} MB free. The run needs space for checkpoints and its bundle. "
            "Free some space on Casebook's disk, then resume; progress is kept."
        )
        assert bool(list(paths.run(identity).glob("checkpoint-*/COMPLETE"))) == (left == 6)

        enlarge((128 << 10) * number)
        lifecycle.resume(identity, "local")
        run = workshop.done(identity)
        assert run.status == "done"
        whole.append(learnt(run))
        (folder / "something else").unlink()
    assert whole[0] == whole[1]  # the first had no checkpoint and began anew, as one that nothing disturbs
