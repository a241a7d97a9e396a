"""An ONNX file reads its weights out of the safetensors beside it, and says what it said with them inside."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import Fail
from safetensors.torch import save_file

from models.onnx import export, runtime


class Words(torch.nn.Module):
    """ids (n, tokens) → probabilities of three classes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table = torch.nn.Embedding(50, 32)
        self.layer = torch.nn.Linear(32, 32)
        self.output = torch.nn.Linear(32, 3)

    def forward(self, ids):
        return self.output(self.layer(self.table(ids)).mean(1)).softmax(1)


IDS = torch.arange(12).reshape(3, 4)


@pytest.fixture
def written(tmp_path):
    """A network, its ONNX file, and its weights in a folder beside it."""
    network, path, weights = Words().eval(), tmp_path / runtime.FILE, tmp_path / "body/model.safetensors"
    weights.parent.mkdir()
    save_file({f"some.{name}": value for name, value in network.state_dict().items()}, weights)
    write(network, path, weights)
    return network, path, weights


def write(network, path, *weights):
    export.write(network, {"ids": IDS}, path, axes={"ids": {0: "n", 1: "tokens"}}, weights=weights)


def test_what_lies_beside_it_is_not_in_it_and_it_says_the_same(written):
    network, path, _ = written
    write(network, path.with_name("whole.onnx"))
    assert path.with_name("whole.onnx").stat().st_size - path.stat().st_size > 0.9 * 4 * (50 * 32 + 32 * 32)
    with torch.no_grad():
        expected = network(IDS).numpy()
    assert np.abs(runtime.load(path)({"ids": IDS.numpy()}) - expected).max() < 1e-6


def test_without_the_weights_it_does_not_open(written):
    _, path, weights = written
    weights.unlink()
    with pytest.raises(Fail, match=r"model\.safetensors"):
        runtime.load(path)


def test_it_can_be_made_whole_again_with_onnx_alone(written, tmp_path):
    network, path, weights = written
    onnx.save(onnx.load(path), tmp_path / "whole.onnx")
    weights.unlink()
    with torch.no_grad():
        expected = network(IDS).numpy()
    assert np.abs(runtime.load(tmp_path / "whole.onnx")({"ids": IDS.numpy()}) - expected).max() < 1e-6


def test_weights_that_differ_stay_inside(written):
    network, path, weights = written
    other = {name: value + 1 for name, value in network.state_dict().items()}
    save_file(other, weights)
    write(network, path, weights)
    weights.unlink()
    assert runtime.load(path)({"ids": IDS.numpy()}).shape == (3, 3)
