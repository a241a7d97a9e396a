"""A checkpoint has what learns, and the network that reads it the rest."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from test_training import EPOCH, STEP, Listening, Network, data, fit, weights

from models.progress import QUIET
from models.training import checkpoints

__all__ = ["data"]  # fixture


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
