"""A step of gradient descent and the outputs of blocks, as torch alone has them."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from models.inspection import gradient_step
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
