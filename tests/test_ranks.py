"""Several processes that train one network together, really started by `torch.distributed.run`."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
import trained_together
import workshop
from conftest import ROOT
from idle_launcher import IdleLauncher

from cases.image_recognition.network import PictureNetwork
from cases.speech.transcription.seq2seq import NOTHING, WhisperSeq2Seq
from models.training.losses import Loss
from models.training.ranks.shares import weight
from runs import machine
from runs.store import metric_rows, queue, records
from runs.worker import agent
from runs.worker.launchers import LAUNCHERS, torchrun

CLOSE = 1e-5
pytestmark = [
    pytest.mark.slow, pytest.mark.skipif(not torchrun.POSSIBLE, reason="Windows starts one process only."),
]  # fmt: skip


def by_two(*asked):
    """Have two processes do this together."""
    started = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1",
        "--nproc-per-node", "2", *map(str, asked),
    ]  # fmt: skip
    known = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    return subprocess.run(started, cwd=ROOT, env=known, capture_output=True, text=True, timeout=600, check=False)


def together(what, folder):
    """Of two processes that do `what`, see `trained_together`."""
    return by_two(ROOT / "tests/trained_together.py", what, folder)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("alone")
    trained_together.same(folder)
    return folder


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """The folder of what two processes have done until one of them was killed."""
    folder = tmp_path_factory.mktemp("together")
    ran = together("begun", folder)
    assert ran.returncode != 0 and (folder / "killed/checkpoint-12/COMPLETE").exists(), ran.stderr
    return folder


@pytest.fixture(scope="module")
def resumed(begun):
    """The checkpoints that there were of each training when two other processes went on with it."""
    checkpoints = {name: sorted(path.parent.name for path in (begun / name).glob("checkpoint-*/COMPLETE"))
                   for name in ("stopped", "killed")}  # fmt: skip
    ran = together("resumed", begun)
    assert ran.returncode != 0 and "ended, short: True" in ran.stderr, ran.stderr
    ran = together("halved", begun)
    assert ran.returncode == 0, ran.stderr
    return checkpoints


def told(folder, name="told.json"):
    return json.loads((folder / name).read_text())


@pytest.mark.parametrize("how", ["random", "in order", "single", "compared", "accumulated", "impatient"])
def test_two_processes_tell_what_one_tells(alone, begun, how):
    one, two = (told(folder / how) for folder in (alone, begun))
    assert one["rows"].keys() == two["rows"].keys() and one["notes"] == two["notes"]
    assert len([row for row in one["rows"] if row.startswith("train")]) >= (10 if how == "impatient" else 20)
    apart = [abs(one["rows"][row][name] - two["rows"][row][name]) for row in one["rows"] for name in one["rows"][row]]
    assert max(apart) < (1e-3 if how == "impatient" else CLOSE)


def test_the_weights_are_those_of_one_process(alone, begun):
    one, two = (told(folder / "random")["weights"] for folder in (alone, begun))
    assert all(np.allclose(one[name], two[name], atol=CLOSE) for name in one)


def test_a_stop_is_heard_by_all_and_the_training_goes_on_to_the_same_numbers(begun, resumed):
    before, after, unbroken = told(begun / "stopped", "before.json"), told(begun / "stopped"), told(begun / "unbroken")
    assert "train 9" in before["rows"] and "train 10" not in before["rows"]
    assert "checkpoint-9" in resumed["stopped"]
    assert after["weights"] == unbroken["weights"]
    assert all(unbroken["rows"][row] == values for row, values in after["rows"].items() if "validation" in row)


def test_where_one_is_killed_all_end_and_go_on_from_the_last_checkpoint(begun, resumed):
    assert resumed["killed"] == ["checkpoint-12", "checkpoint-6"]
    assert told(begun / "killed")["weights"] == told(begun / "unbroken")["weights"]


def test_where_the_memory_of_one_runs_out_all_begin_anew_with_smaller_batches(alone, begun, resumed):
    one, halved = told(alone / "random"), told(begun / "large")
    assert halved["notes"] == [
        "Memory ran out: batch size reduced to 4, with gradients accumulated over 2 batches. The effective batch size "
        "is unchanged."
    ]
    assert len([row for row in halved["rows"] if row.startswith("train")]) == len(
        [row for row in one["rows"] if row.startswith("train")]
    )


def test_how_much_a_part_counts_is_what_its_loss_divides_by():
    labels, counts = torch.tensor([0, 0, 1, 2]), np.array([2, 1, 1])
    parts = labels[:1], labels[1:]
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    for name in ("cross_entropy", "balanced", "focal"):
        loss = Loss(name, counts)
        weights = [loss.weight_of(part) for part in parts]
        each = [float(loss(logits[:1], parts[0])), float(loss(logits[1:], parts[1]))]
        assert np.average(each, weights=weights) == pytest.approx(float(loss(logits, labels)), abs=1e-6)
    texts = torch.tensor([[5, 6, NOTHING], [7, NOTHING, NOTHING]])
    assert WhisperSeq2Seq.loss_weight(None, texts) == 3.0
    assert weight(torch.nn.Linear(1, 1), labels) == 4.0
    assert callable(PictureNetwork.loss_weight)


def host_with(home, monkeypatch, cards):
    """An agent of a host with these cards, and what it starts."""
    home.mkdir()
    monkeypatch.setattr(machine, "gpus", lambda: cards)
    launcher = IdleLauncher()
    for name in LAUNCHERS:
        monkeypatch.setitem(LAUNCHERS, name, launcher)
    return agent.Agent(), launcher


@pytest.fixture
def cards(home, monkeypatch):
    return host_with(home, monkeypatch, (("made up", 1000),) * 4)


def queued(*processes):
    names = [f"of {number}" for number in processes]
    return [records.create_run("local", "fine_tune", "image_recognition", name, processes=number)
            for name, number in zip(names, processes, strict=True)]  # fmt: skip


def test_a_run_of_several_processes_takes_a_slot_for_each_waits_for_them_and_none_goes_before_it(cards):
    mine, launcher = cards
    one, two, other, whole, last = queued(1, 2, 1, 4, 1)
    mine.step()
    assert launcher.started == [(one, 0), (two, 1), (other, 3)]
    assert [records.run(run, "local").launcher for run in (one, two)] == ["local", "torchrun"]
    for ended in (one, two):
        queue.end(ended, "done")
        mine.step()
        assert len(launcher.started) == 3
    queue.end(other, "done")
    mine.step()
    assert launcher.started[3:] == [(whole, 0)]
    queue.end(whole, "done")
    mine.step()
    assert launcher.started[4:] == [(last, 0)]


def test_a_run_of_more_processes_than_a_host_has_cards_takes_them_all(cards):
    mine, launcher = cards
    one, _next = queued(9, 1)
    mine.step()
    assert launcher.started == [(one, 0)] and torchrun.cards(0, 9) == [0, 1, 2, 3]


LIBRARIES = ("text_analysis", "speech: transcribe")  # sounds with labels: `test_ray`
ALL_IN_TURN = """
import os, sys
from models.training.ranks import group
from runs.store import queue
from runs.worker import on_ray, ranks, worker
from workshop import UntilTrained

(apart, *others), home = sys.argv[1:], os.environ["CASEBOOK_HOME"]
started = {name: os.environ[name] for name in group.ENVIRONMENT}
os.environ["CASEBOOK_HOME"] = home + os.environ["RANK"]
on_ray.take_part({"run": apart, "cpus": 1})
os.environ.update({**started, "CASEBOOK_HOME": home})
lead = lambda: [worker.work(run, UntilTrained(run)) for run in map(queue.run, others)]
ranks.take_part(apart, group.join(cores=2), lead)
os._exit(0)
"""


@pytest.fixture(scope="module")
def in_two(tmp_path_factory, materials, counting_model):
    """Runs by their case: one that this process has trained, and the same by two, which are started once for all of
    them; with each the losses of what both can tell alike. And a run "apart", whose processes have a home each."""
    home, alone, shared = tmp_path_factory.mktemp("in_two"), {}, {}
    (home / "cache/models").mkdir(parents=True)
    (home / "cache/models" / counting_model.name).symlink_to(counting_model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(home))
        patch.setenv("DATABASE_URL", f"sqlite:///{home}/shared.db")
        for case in LIBRARIES:
            plain = {"epochs": 2, **({"augmentation": "none"} if "speech" in case else {"dropout": 0.0})}
            one = alone[case] = workshop.done(workshop.queued(materials, case, **plain), workshop.UntilTrained)
            same = {"dataset": one.dataset, "settings": one.settings, "processes": 2}
            shared[case] = queue.claim_here(records.create_run("local", "fine_tune", one.case, "two", **same)).id
        apart = records.create_run("local", "fine_tune", "speech", "apart", launcher="ray", processes=2)
        ran = by_two("--no-python", sys.executable, "-c", ALL_IN_TURN, queue.claim_here(apart).id, *shared.values())
        assert ran.returncode == 0, ran.stderr
        ended = {case: records.run(run, "local") for case, run in shared.items()}
        found = {case: [(run, losses(run)) for run in (alone[case], ended[case])] for case in LIBRARIES}
        return {**found, "apart": records.run(apart, "local")}


def losses(run):
    told = [row["values"] for row in metric_rows.after(run, 0) if row["split"] == "validation"]
    return np.array([values["loss"] for values in told if "loss" in values])


@pytest.mark.parametrize("case", LIBRARIES)
def test_networks_of_the_libraries_train_in_two_processes_as_in_one(in_two, case):
    (_one, alone), (two, shared) = in_two[case]
    assert (two.status, two.attempt, two.error) == ("stopped", 1, None)
    dropping = case == "text_analysis"  # a BERT drops some by itself
    assert len(alone) > 1 and alone[0] == pytest.approx(shared[0], abs=1e-3)
    assert np.allclose(alone, shared, atol=0.15 if dropping else 1e-3)


def test_processes_on_hosts_with_homes_of_their_own_say_so_in_place_of_training(in_two):
    ended = in_two["apart"]
    assert ended.status == "failed"
    assert ended.error["found"] == "The processes of this run are on hosts with separate folders as CASEBOOK_HOME."
