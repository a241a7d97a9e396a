"""What each loss asks for, on numbers that can be checked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

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


def test_a_class_without_items_has_an_ordinary_weight():
    assert list(balanced(np.array([2, 0, 2]))) == [1, 1, 1]


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


def test_without_a_second_example_of_any_class_nothing_is_contrasted():
    features = torch.randn(3, 4, requires_grad=True)
    loss = supervised_contrast(features, torch.tensor([0, 1, 2]))
    loss.backward()
    assert loss.item() == 0 and not features.grad.any()


def test_a_share_of_the_loss_compares_features_while_training(batch):
    logits, labels = batch
    loss, features = Loss("cross_entropy", COUNTS, contrast=0.25), torch.randn(10, 5)
    plain, contrast = functional.cross_entropy(logits, labels), supervised_contrast(features, labels)
    assert loss(logits, labels, features).item() == pytest.approx((0.75 * plain + 0.25 * contrast).item())
    assert loss(logits, labels).item() == loss.eval()(logits, labels, features).item() == plain.item()
