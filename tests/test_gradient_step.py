"""A step of gradient descent and the outputs of blocks, as torch alone has them."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from models.inspection import activations, gradient_step
from models.inspection.gradient_step import Group


def norm(tensors):
    return math.sqrt(sum(float(one.detach().double().square().sum()) for one in tensors))


def small():
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(5, 4), nn.GELU(), nn.Linear(4, 3))
    x, label = torch.randn(1, 5), torch.tensor([2])

    def forward():
        scores = network(x)
        return functional.cross_entropy(scores, label), scores.softmax(1)[0, 2]

    return network, forward


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("rate", [0.01, 0.5])
def test_a_step_has_the_numbers_of_torchs_own_gradient_descent(frozen, rate):
    network, forward = small()
    groups = [Group([*network[0].parameters()], not frozen), Group([*network[2].parameters()], True)]
    kept = copy.deepcopy(network.state_dict())
    found = gradient_step.take(forward, groups, [rate])
    assert all(torch.equal(value, kept[name]) for name, value in network.state_dict().items())
    loss, probability = forward()
    loss.backward()
    assert found.before.loss == pytest.approx(loss.item(), abs=1e-7)
    assert found.before.probability == pytest.approx(probability.item(), abs=1e-7)
    for group, told in zip(groups, found.groups, strict=True):
        assert told.gradient == pytest.approx(norm(one.grad for one in group.parameters), rel=1e-6)
        assert told.weights == pytest.approx(norm(group.parameters), rel=1e-6)
        assert told.parameters == sum(one.numel() for one in group.parameters)
    learning = [one for group in groups if group.learns for one in group.parameters]
    torch.optim.SGD(learning, lr=rate).step()
    assert found.after[0].loss == pytest.approx(forward()[0].item(), abs=1e-6)
    assert found.after[0].loss != pytest.approx(found.before.loss, abs=1e-4)


def test_each_learning_rate_begins_at_the_same_weights_and_frozen_ones_stay_as_they_were():
    network, forward = small()
    network[0].requires_grad_(False)
    groups = [Group([*network[0].parameters()], True), Group([*network[2].parameters()], True)]
    together = gradient_step.take(forward, groups, [0.5, 0.01])
    alone = gradient_step.take(forward, groups, [0.01])
    assert together.after[1] == alone.after[0]
    assert [one.requires_grad for one in network.parameters()] == [False, False, True, True]


def test_outputs_of_blocks_are_recorded_once_and_the_hooks_are_gone_afterwards():
    network = nn.Sequential(nn.Linear(2, 3), nn.GRU(3, 4))
    named = nn.ModuleDict({"stem": nn.Linear(2, 2), "blocks": nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))})
    assert list(activations.blocks(named)) == ["blocks.0", "blocks.1"]
    with activations.recorded({"rnn": network[1]}) as kept:
        network(torch.ones(5, 2))
    assert kept["rnn"].shape == (5, 4) and not kept["rnn"].requires_grad
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize(("names", "wanted"), [
    (("conv1", "layer1.0.conv2", "layer2.0"), ["layer1.0", "layer2.0"]),
    (("dinov2.layer.0.attention", "dinov2.layer.1"), ["dinov2.layer.0", "dinov2.layer.1"]),
    (("layers.0.blocks.0",), ["layers.0"]), (("blocks.0.1",), ["blocks.0"]),
])  # fmt: skip
def test_blocks_are_found_by_the_first_part_of_their_names_that_is_a_number(names, wanted):
    network = nn.Module()
    for name in names:
        at = network
        for part in name.split("."):
            if part not in dict(at.named_children()):
                at.add_module(part, nn.Module())
            at = dict(at.named_children())[part]
    assert [*activations.blocks(network)] == wanted
