"""A fine-tuned network is only as far from its start as items tell that it did not learn from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from models.training import interpolation


def settled(asked):
    """Let a network go from a weight of 0 to 1, where each item asks for a weight of its own."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    begun = interpolation.taken(network)
    nn.init.ones_(network.weight)
    told = interpolation.settle(network, begun, asked**2, lambda: (network.weight.item() - asked) ** 2)
    return network.weight.item(), told


@pytest.mark.parametrize(
    ("target", "kept"),
    [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (-1.0, 0.0)],
    ids=["the start is best", "between them", "the end is best", "it went the wrong way"],
)
def test_the_best_of_start_end_and_the_middle_is_kept(target, kept):
    weight, told = settled(target + np.random.default_rng(0).normal(0, 0.1, 200))
    assert weight == told.share == kept


def test_the_start_is_kept_where_few_items_say_that_the_end_is_better():
    asked = np.array([-1.0, 0.2, 2.8])  # two of them rather more than the third asks for the start
    assert settled(asked)[1].share == 0
    assert settled(np.tile(asked, 1000))[1].share > 0


def two_ends(asked, *ends):
    """The same from 0, where the training may end at these weights."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    begun = interpolation.taken(network)
    reached = [lambda end=end: nn.init.constant_(network.weight, end) for end in ends]
    told = interpolation.settle(network, begun, np.abs(asked), lambda: np.abs(network.weight.item() - asked), reached)
    weight = network.weight.item()
    interpolation.resume(network, begun, told, reached)
    assert network.weight.item() == weight, "what was settled is found again"
    return weight, told


@pytest.mark.parametrize(("target", "kept", "end"), [(1.0, 1.0, 0), (2.0, 2.0, 1), (4.0, 4.0, 1), (-1.0, 0.0, None)])
def test_of_two_ends_the_better_one_is_gone_to(target, kept, end):
    weight, told = two_ends(target + np.random.default_rng(0).normal(0, 0.1, 200), 1.0, 4.0)
    assert weight == kept
    assert told.end == end or told.share == 0


def test_the_last_end_is_gone_to_where_few_items_say_that_another_is_better():
    asked = np.array([0.8, 0.9, 1.0, 1.1, 3.9])  # four of five ask for the first
    assert two_ends(asked, 1.0, 3.0)[1].end == 1
    assert two_ends(np.tile(asked, 100), 1.0, 3.0)[1].end == 0


def test_weights_that_do_not_learn_stay_as_they_are():
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    network[0].requires_grad_(False)
    begun = interpolation.taken(network)
    assert set(begun) == {"1.weight", "1.bias"}
    before = network[0].weight.clone()
    nn.init.zeros_(network[1].weight)
    losses = lambda: network[1].weight.detach().numpy().ravel() ** 2  # noqa: E731
    interpolation.settle(network, begun, losses(), losses)
    assert torch.equal(network[0].weight, before)
