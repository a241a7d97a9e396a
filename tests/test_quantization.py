"""The weights of an ONNX file: read out of the safetensors beside it, or in 8 or 4 bits; how near its answers stay."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import Fail
from safetensors.torch import save_file

from models.onnx import export, quantization, runtime, standalone

WORDS, WIDTH = 2000, 64
IDS = torch.arange(40).reshape(4, 10) * 37


class Words(torch.nn.Module):
    """ids (n, tokens) → probabilities of three classes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table, self.layer = torch.nn.Embedding(WORDS, WIDTH), torch.nn.Linear(WIDTH, 3 * WIDTH)
        self.output = torch.nn.Linear(3 * WIDTH, 3)

    def forward(self, ids):
        return self.output(self.layer(self.table(ids)).tanh().mean(1)).softmax(1)


class Tied(torch.nn.Module):
    """ids (n, tokens) → scores (n, words): the last layer is the table of the words."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table, self.output = torch.nn.Embedding(WORDS, WIDTH), torch.nn.Linear(WIDTH, WORDS, bias=False)
        self.output.weight = self.table.weight

    def forward(self, ids):
        return self.output(self.table(ids).mean(1))


class Waves(torch.nn.Module):
    """waves (n, samples) → probabilities of three classes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.convolution = torch.nn.Conv1d(1, 32, 9, stride=3)
        self.lstm = torch.nn.LSTM(32, 24, batch_first=True)
        self.output = torch.nn.Linear(24, 3)

    def forward(self, waves):
        found, _ = self.lstm(self.convolution(waves[:, None]).transpose(1, 2))
        return self.output(found[:, -1]).softmax(1)


GIVEN = {"words": (Words(), "ids", IDS), "waves": (Waves(), "waves", torch.randn(4, 300))}


def answers(name, bits, folder):
    """What the network says, what its file in so many bits says, and the bytes of the file."""
    network, given, example = GIVEN[name]
    network = network.eval()
    export.write(network, {given: example}, folder / "full.onnx", axes={given: {0: "n", 1: "long"}})
    model = standalone.read(folder / "full.onnx")
    quantization.quantize(model, bits, small=100, table=100)
    standalone.write(model, folder / "small.onnx")
    with torch.no_grad():
        expected = network(example).numpy()
    return (
        expected,
        runtime.load(folder / "small.onnx")({given: example.numpy()}),
        (folder / "small.onnx").stat().st_size,
    )


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize(("bits", "apart"), [(32, 1e-6), (8, 5e-3), (4, 0.08)])
def test_answers_stay_near_those_of_the_network(name, bits, apart, tmp_path):
    expected, found, _ = answers(name, bits, tmp_path)
    assert 0 < np.abs(found - expected).max() + (bits == 32) < apart + (bits == 32)


@pytest.mark.parametrize(("bits", "apart", "size"), [(32, 1e-5, 1.0), (8, 0.02, 0.29), (4, 0.2, 0.17)])
@pytest.mark.parametrize("unpacked", [False, True])
def test_weights_that_are_used_twice_are_stored_once(unpacked, bits, apart, size, tmp_path):
    network = Tied().eval()
    save_file({"table": network.table.weight.detach().contiguous()}, tmp_path / "body.safetensors")
    export.write(network, {"ids": IDS}, tmp_path / "full.onnx", axes={"ids": {0: "n", 1: "long"}},
                 outputs={"scores": {0: "n"}}, weights=[tmp_path / "body.safetensors"])  # fmt: skip
    model = standalone.read(tmp_path / "full.onnx")
    quantization.quantize(model, bits, small=100, table=100, unpacked=unpacked)
    assert ("MatMulNBits" in {node.op_type for node in model.graph.node}) == (bits < 32 and not unpacked)
    standalone.share_weights(model)
    standalone.write(model, tmp_path / "small.onnx")
    assert (tmp_path / "small.onnx").stat().st_size < 1.03 * size * 4 * WORDS * WIDTH
    with torch.no_grad():
        expected = network(IDS).numpy()
    found = runtime.load(tmp_path / "small.onnx")({"ids": IDS.numpy()})
    assert np.abs(found - expected).max() < apart * np.abs(expected).max()


def test_weights_that_were_in_four_bits_before_come_back_as_they_were():
    random = np.random.default_rng(0)
    numbers = random.integers(0, 16, (50, 2, quantization.BLOCK))
    numbers[..., 5] = 0  # the largest of a block, as whoever packed them chose the scale
    scales = random.normal(0, 0.01, (50, 2)).astype(np.float16)
    values = ((numbers - 8) * scales[..., None].astype(np.float32)).reshape(50, -1)
    found, again = quantization.blocks(values, 4, np.float16)
    assert np.array_equal((found.astype(int) - 8) * again[..., None].astype(np.float32), values.reshape(found.shape))


def test_what_decides_with_few_weights_stays_as_it_is(tmp_path):
    network, given, example = GIVEN["words"]
    export.write(network.eval(), {given: example}, tmp_path / "full.onnx")
    model = standalone.read(tmp_path / "full.onnx")
    before = model.SerializeToString()
    quantization.quantize(model, 4, small=10**9, table=10**9)
    kinds = {node.op_type for node in model.graph.node}
    assert "MatMulNBits" not in kinds and len(model.SerializeToString()) < len(before) + 100


# beside it


@pytest.fixture
def written(tmp_path):
    """A network, its ONNX file, and its weights in a folder beside it."""
    network, path, weights = Words().eval(), tmp_path / runtime.FILE, tmp_path / "body/model.safetensors"
    weights.parent.mkdir()
    save_file({f"some.{name}": value for name, value in network.state_dict().items()}, weights)
    write(network, path, weights)
    return network, path, weights


def write(network, path, *weights):
    export.write(network, {"ids": IDS}, path, axes={"ids": {0: "n", 1: "long"}}, weights=weights)


def test_what_lies_beside_it_is_not_in_it_and_it_says_the_same(written):
    network, path, _ = written
    write(network, path.with_name("whole.onnx"))
    assert path.with_name("whole.onnx").stat().st_size - path.stat().st_size > 0.9 * 4 * WIDTH * (WORDS + 3 * WIDTH)
    with torch.no_grad():
        expected = network(IDS).numpy()
    assert np.abs(runtime.load(path)({"ids": IDS.numpy()}) - expected).max() < 1e-6


def test_without_the_weights_it_does_not_open(written):
    _, path, weights = written
    weights.unlink()
    with pytest.raises(Fail, match=r"model\.safetensors"):
        runtime.load(path)
