"""What training steps are made of: losses, quick dropout, and weights between two ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from models.progress import QUIET
from models.training import engine, interpolation, quick_dropout
from models.training.losses import Loss, balanced, supervised_contrast

COUNTS = np.array([6, 3, 1])


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(10, 3, generator=generator), torch.tensor([0] * 6 + [1] * 3 + [2])


def test_every_class_weighs_the_same_in_the_balanced_loss(batch):
    logits, labels = batch
    weights = balanced(COUNTS)
    assert weights * COUNTS == pytest.approx([10 / 3] * 3)
    each = functional.cross_entropy(logits, labels, reduction="none")
    by_class = torch.stack([each[labels == label].mean() for label in range(3)])
    assert Loss("balanced", COUNTS)(logits, labels).item() == pytest.approx(by_class.mean().item())


def test_the_focal_loss_is_cross_entropy_times_what_is_left_to_learn():
    logits = torch.tensor([[0.0, 0.0], [math.log(3), 0.0]])
    expected = (0.5**2 * math.log(2) + 0.25**2 * math.log(4 / 3)) / 2
    assert Loss("focal", COUNTS[:2])(logits, torch.tensor([0, 0])).item() == pytest.approx(expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_with_gamma_zero_it_is_cross_entropy(batch, smoothing):
    focal, plain = (
        Loss("focal", COUNTS, smoothing=smoothing, gamma=0),
        Loss("cross_entropy", COUNTS, smoothing=smoothing),
    )
    assert torch.equal(focal(*batch), plain(*batch))
    assert torch.equal(plain(*batch), functional.cross_entropy(*batch, label_smoothing=smoothing))


@pytest.mark.parametrize("name", ["cross_entropy", "balanced", "focal"])
def test_a_loss_keeps_nothing_in_a_checkpoint_and_takes_half_precision(batch, name):
    loss = Loss(name, COUNTS)
    assert loss.state_dict() == {}
    assert loss(batch[0].bfloat16(), batch[1]).dtype == torch.float32


def test_the_contrastive_loss_is_small_where_classes_point_apart():
    labels = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0], [0.0, 1.0]])
    mixed = apart[[0, 2, 1, 3]]
    each = math.log(math.exp(10) + 2) - 10  # one other of the class, cosine 1; two of another, cosine 0
    assert supervised_contrast(apart, labels).item() == pytest.approx(each, rel=1e-3)
    assert supervised_contrast(mixed, labels) > 5


def test_a_share_of_the_loss_compares_features_while_training(batch):
    logits, labels = batch
    loss, features = Loss("cross_entropy", COUNTS, contrast=0.25), torch.randn(10, 5)
    plain, contrast = functional.cross_entropy(logits, labels), supervised_contrast(features, labels)
    assert loss(logits, labels, features).item() == pytest.approx((0.75 * plain + 0.25 * contrast).item())
    assert loss(logits, labels).item() == loss.eval()(logits, labels, features).item() == plain.item()


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
    alike = np.ones(3)  # all the way is as good as the start
    assert interpolation.kept_place(alike, {(0, 0.5): alike + 1, (0, 1.0): alike}) is None


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
