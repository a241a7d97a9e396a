"""Checkpoints and weights that are damaged, lost or of an earlier version: training goes on from what is whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from test_training import EPOCH, PLAN, STEP, Listening, data, fit, unbroken, weights

from models.training import checkpoints

__all__ = ["data", "unbroken"]  # fixtures


def test_checkpoints_that_were_cut_off_are_dropped(unbroken, data, tmp_path):
    with pytest.raises(RuntimeError):
        fit(tmp_path, data, report=Listening(2 * EPOCH + 2 * STEP, RuntimeError))
    torn = tmp_path / "checkpoint-11"
    torn.mkdir()
    (torn / "model.safetensors").write_bytes(b"half")
    network, _ = fit(tmp_path, data)
    assert weights(network) == weights(unbroken[0])
    assert not torn.exists()


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path):
    path.write_bytes(b"")


def junk(path):
    path.write_bytes(bytes(range(256)) * 40)


def overwritten(path):
    content = bytearray(path.read_bytes())
    content[-40:] = bytes(40)
    path.write_bytes(bytes(content))


def removed(path):
    path.unlink()


DAMAGES = [truncated, emptied, junk, overwritten, removed]


@pytest.fixture
def two_checkpoints(data, tmp_path):
    """The folder of a training that broke off with the checkpoints of its first two epochs."""
    with pytest.raises(RuntimeError):
        fit(tmp_path, data, report=Listening(2 * EPOCH + 2 * STEP, RuntimeError))
    assert sorted(path.name for path in tmp_path.glob("checkpoint-*")) == ["checkpoint-10", "checkpoint-5"]
    return tmp_path


NAMES = ("model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json",
         "training_args.bin", "COMPLETE")  # fmt: skip


def test_a_damaged_file_of_a_checkpoint_is_noticed(two_checkpoints):
    newest, before = (str(two_checkpoints / f"checkpoint-{step}") for step in (10, 5))
    for damage, name in product(DAMAGES, NAMES):
        if (name, damage) in (("COMPLETE", emptied), ("COMPLETE", overwritten)):
            continue  # the one is as before checksums were kept, the other may change nothing
        path = Path(newest) / name
        content = path.read_bytes()
        damage(path)
        assert checkpoints.latest(two_checkpoints) == before, (name, damage)
        path.write_bytes(content)
    assert checkpoints.latest(two_checkpoints) == newest


@pytest.mark.parametrize(("damage", "name"), [*zip(DAMAGES, NAMES, strict=False)])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(unbroken, data, two_checkpoints, damage, name):
    damage(two_checkpoints / "checkpoint-10" / name)
    network, report = fit(two_checkpoints, data)
    assert weights(network) == weights(unbroken[0])
    assert ("train", 5) not in report.rows and ("train", 20) in report.rows


@pytest.mark.parametrize("damage", [overwritten, removed])
def test_where_every_checkpoint_is_damaged_the_training_begins_again_and_says_so(
    unbroken, data, two_checkpoints, damage
):
    for path in two_checkpoints.glob("checkpoint-*/model.safetensors"):
        damage(path)
    network, report = fit(two_checkpoints, data)
    assert weights(network) == weights(unbroken[0])
    assert report.rows == unbroken[1].rows
    assert report.notes == ["Damaged checkpoints skipped: 2. Training resumes from an earlier one."]


def test_a_best_epoch_whose_weights_are_damaged_is_trained_again(data, tmp_path):
    plan = replace(PLAN, epochs=12, learning_rate=0.3, schedule="constant")
    straight, _ = fit(tmp_path / "straight", data, plan)
    broken = tmp_path / "broken"
    with pytest.raises(RuntimeError):
        fit(broken, data, plan, Listening(11 * EPOCH + 2 * STEP, RuntimeError))
    newest, state = checkpoints.latest(broken), checkpoints.kept(broken)
    assert str(state.weights.parent) != newest
    overwritten(state.weights)
    assert checkpoints.kept(broken).weights != state.weights  # nor is it evaluated
    network, report = fit(broken, data, plan)
    assert weights(network) == weights(straight)
    assert report.notes


def test_checkpoints_from_before_checksums_are_gone_on_from_and_checked_as_far_as_can_be(
    unbroken, data, two_checkpoints
):
    for mark in two_checkpoints.glob("checkpoint-*/COMPLETE"):
        mark.write_bytes(b"")
    newest = two_checkpoints / "checkpoint-10"
    assert checkpoints.latest(two_checkpoints) == str(newest)
    for name in ("model.safetensors", "optimizer.pt", "rng_state.pth", "trainer_state.json"):
        whole = (newest / name).read_bytes()
        for damage in (truncated, emptied, junk):
            damage(newest / name)
            assert checkpoints.latest(two_checkpoints) == str(two_checkpoints / "checkpoint-5"), (name, damage)
        (newest / name).write_bytes(whole)
    network, report = fit(two_checkpoints, data)
    assert weights(network) == weights(unbroken[0])
    assert ("train", 10) not in report.rows and ("train", 11) in report.rows


def test_weights_of_a_finished_training_that_were_damaged_are_made_again(unbroken, data, tmp_path):
    fit(tmp_path, data)
    for damage in (emptied, overwritten, removed):
        damage(tmp_path / "trained.safetensors")
        network, _ = fit(tmp_path, data)
        assert weights(network) == weights(unbroken[0])
    (tmp_path / "trained.safetensors.sha256").unlink()  # as before checksums were kept
    network, report = fit(tmp_path, data)
    assert weights(network) == weights(unbroken[0])
    assert report.rows == {}
