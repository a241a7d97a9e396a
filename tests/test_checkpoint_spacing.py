"""Which checkpoints are written, and which weights they hold."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from test_training import EPOCH, PLAN, STEP, Listening, Network, data, fit, weights

from models.progress import QUIET, Stopped
from models.training import callbacks, checkpoints

pytestmark = pytest.mark.slow

__all__ = ["data"]  # fixture
UP_AND_DOWN = replace(PLAN, epochs=12, learning_rate=0.3, schedule="constant")  # epochs get better and worse


class Counting(Listening):
    """Notes after which of the validated epochs a checkpoint was written, too."""

    def __init__(self, *stop):
        super().__init__(*stop)
        self.written = []

    def flush(self):
        self.written.append(max((step for split, step in self.rows if split == "validation"), default=0))


@pytest.fixture
def dear(monkeypatch):
    monkeypatch.setattr(callbacks, "DEAR", -1.0)
    monkeypatch.setattr(callbacks, "APART", 10**9)


@pytest.fixture(scope="module")
def each(data, tmp_path_factory):
    """A training with a checkpoint after every epoch."""
    return fit(tmp_path_factory.mktemp("each"), data, UP_AND_DOWN, Counting())


def necessary(report):
    """Steps that end an epoch which is the best so far, or the last."""
    losses = {step: row["loss"] for (split, step), row in report.rows.items() if split == "validation"}
    best = [step for step in losses if all(losses[step] < losses[before] for before in losses if before < step)]
    return sorted({*best, max(losses)})


def test_only_the_best_so_far_and_the_last_are_written_and_the_same_is_learnt(data, tmp_path, each, dear):
    network, report = fit(tmp_path, data, UP_AND_DOWN, Counting())
    assert report.written == necessary(report) and len(report.written) < len(each[1].written) == 12
    assert report.rows == each[1].rows and weights(network) == weights(each[0])


@pytest.mark.parametrize(
    ("checks", "error"), [(3, Stopped), (2 * STEP + 3, Stopped), (EPOCH - 4, Stopped), (2 * STEP + 3, RuntimeError)],
    ids=["stopped in its first step", "in its third", "in its evaluation", "broken in its third step"],
)  # fmt: skip
def test_what_ends_in_the_epoch_after_one_that_was_left_out_goes_on_with_the_same_numbers(
    data, tmp_path, each, dear, checks, error
):
    done = next(epoch for epoch in range(1, 12) if 5 * epoch not in necessary(each[1]))
    with pytest.raises(error):
        fit(tmp_path, data, UP_AND_DOWN, Counting(done * EPOCH + checks, error))
    assert not (tmp_path / f"checkpoint-{5 * done}").exists()
    network, report = fit(tmp_path, data, UP_AND_DOWN, Counting())
    assert min(step for split, step in report.rows if split == "train") > 1  # it did not begin anew
    assert report.rows.items() <= each[1].rows.items() and weights(network) == weights(each[0])


def frozen():
    network = Network()
    network.layers[0].requires_grad_(False)
    return network


def test_what_does_not_learn_is_not_written_and_a_broken_training_goes_on_alike(data, tmp_path, caplog):
    whole, _ = fit(tmp_path / "whole", data, network=frozen())
    with pytest.raises(RuntimeError):
        fit(tmp_path / "broken", data, report=Listening(EPOCH + 2 * STEP + 5, RuntimeError), network=frozen())
    written = load_file(tmp_path / "broken/checkpoint-5" / checkpoints.WEIGHTS)
    assert written.keys() == whole.state_dict().keys() - {"layers.0.weight", "layers.0.bias"}
    with caplog.at_level(logging.WARNING):
        network, report = fit(tmp_path / "broken", data, network=frozen())
    assert weights(network) == weights(whole) and ("train", 5) not in report.rows
    assert "missing keys" not in caplog.text


def test_a_checkpoint_of_before_that_has_everything_is_gone_on_from(data, tmp_path):
    whole, _ = fit(tmp_path / "whole", data, network=frozen())
    with pytest.raises(RuntimeError):
        fit(tmp_path / "broken", data, report=Listening(EPOCH + 2 * STEP + 5, RuntimeError), network=frozen())
    file = tmp_path / "broken/checkpoint-5" / checkpoints.WEIGHTS
    learnt = {name: value.clone() for name, value in load_file(file).items()}
    save_file({**frozen().state_dict(), **learnt}, file, {"format": "pt"})
    (file.parent / checkpoints.MARK).unlink()
    checkpoints.mark(tmp_path / "broken", 5)
    network, report = fit(tmp_path / "broken", data, network=frozen())
    assert weights(network) == weights(whole) and ("train", 5) not in report.rows


@pytest.mark.parametrize("mode", ["lora", "last_blocks"])
def test_each_end_of_a_training_is_reached_wherever_the_network_is(learn_texts, mode):
    trainer = learn_texts(mode=mode, learning_rate=0.1, epochs=6, schedule="constant", precision="fp32")
    ends = checkpoints.ends(trainer.context.place.folder)
    told = []
    for weights_ in [*ends, *reversed(ends)]:
        trainer.interpolation.reach(weights_)
        told.append(trainer.interpolation.validated(QUIET)[0])
    assert len(ends) == 2 and not np.allclose(told[0], told[1])
    assert np.array_equal(told[0], told[3]) and np.array_equal(told[1], told[2])
