"""Dropout on a processor draws many numbers at once, and is dropout all the same."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.progress import QUIET
from models.training import engine, quick_dropout


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_the_share_is_dropped_and_the_mean_is_kept(p):
    layer = nn.Dropout(p).train()
    with quick_dropout.drawn(layer, wanted=True):
        told = layer(torch.ones(1000, 1001))
    assert told.unique().tolist() == pytest.approx([0, 1 / (1 - p)])
    assert float((told == 0).float().mean()) == pytest.approx(p, abs=0.003)
    assert float(told[:, ::7].mean()) == pytest.approx(1, abs=0.02)


def test_chance_is_that_of_torch_and_differs_each_time_and_gradients_flow_where_nothing_was_dropped():
    layer, x = nn.Dropout(0.5).train(), torch.rand(64, 64, requires_grad=True)
    with quick_dropout.drawn(layer, wanted=True):
        state = torch.get_rng_state()
        first, second = layer(x), layer(x)
        torch.set_rng_state(state)
        again = layer(x)
    assert torch.equal(first, again) and not torch.equal(first, second)
    first.sum().backward()
    assert torch.equal(x.grad != 0, first != 0) and set(x.grad.unique().tolist()) == {0.0, 2.0}


def test_who_only_looks_drops_nothing_and_afterwards_the_layers_are_as_before(tmp_path):
    network, x = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.9)), torch.rand(4, 8)
    with quick_dropout.drawn(network, wanted=True):
        network.eval()
        assert torch.equal(network(x), network[0](x))
    assert "forward" not in vars(network[1])
    with quick_dropout.drawn(network.train(), wanted=False):
        assert "forward" not in vars(network[1])
    plan = engine.TrainingConfig(epochs=1, batch_size=4, learning_rate=0.1, optimizer="adamw", schedule="constant",
                                 warmup=0, weight_decay=0, patience=0, seed=0, bf16=False)  # fmt: skip
    with engine.suited(network, plan, None, tmp_path, QUIET):  # a training on a processor draws so while it lasts
        assert "forward" in vars(network[1])
    assert "forward" not in vars(network[1])


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_all_or_nothing_may_be_dropped(p):
    layer, x = nn.Dropout(p).train(), torch.rand(4, 8)
    with quick_dropout.drawn(layer, wanted=True):
        assert torch.equal(layer(x), x * (1 - p))
