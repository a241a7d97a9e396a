"""Folding a frozen normalisation into its convolution changes the speed, never what is computed or learnt."""

from __future__ import annotations

import copy

import pytest
import timm
import torch
from torch import nn

from models.training.batchnorm_folding import fold

BODIES = ("test_resnet", "test_efficientnet", "test_efficientnet_gn", "test_vit")
FOLDED = {"test_resnet": True, "test_efficientnet": True, "test_efficientnet_gn": False, "test_vit": False}


def lived_in(body):
    """With normalisations that have seen data, as a pretrained body has."""
    generator = torch.Generator().manual_seed(0)
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d) and module.affine:
            for values in (module.running_mean, module.bias):
                values.data.normal_(0, 0.3, generator=generator)
            for values in (module.running_var, module.weight):
                values.data.uniform_(0.5, 1.5, generator=generator)
    return body.eval()


def pictures(size=64):
    return torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(1))


def gradients(body, x):
    body.zero_grad()
    body(x).pow(2).mean().backward()
    return {name: parameter.grad for name, parameter in body.named_parameters() if parameter.grad is not None}


@pytest.mark.parametrize("name", BODIES)
def test_the_same_outputs_and_gradients(name):
    torch.manual_seed(0)
    plain = lived_in(timm.create_model(name, num_classes=0)).double()  # in float32 a value can change sides of a kink
    size = plain.pretrained_cfg["input_size"][-1]
    folded = copy.deepcopy(plain)
    assert bool(fold(folded, pictures(size)[:1].double())) == FOLDED[name]
    x = pictures(size).double()
    torch.testing.assert_close(folded(x), plain(x))
    expected, found = gradients(plain, x), gradients(folded, x)
    assert found.keys() == expected.keys()
    for key in expected:
        torch.testing.assert_close(found[key], expected[key])


class Shared(nn.Module):
    """Its convolution's output is used beside the normalisation too, so nothing may be folded."""

    def __init__(self):
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x):
        x = self.convolution(x)
        return (x + self.norm(x)).mean((2, 3))


class Reflecting(Shared):
    """Padding that the folded convolution does not know."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")

    def forward(self, x):
        return self.norm(self.convolution(x)).mean((2, 3))


@pytest.mark.parametrize("kind", [Shared, Reflecting])
def test_what_cannot_be_folded_is_left_as_it_is(kind):
    torch.manual_seed(0)
    plain = lived_in(kind())
    folded = copy.deepcopy(plain)
    assert fold(folded, pictures()[:1]) == 0
    assert torch.equal(folded(pictures()), plain(pictures()))
