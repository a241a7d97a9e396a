"""Adapters begin as nothing, learn alone, and end inside the weights."""

from __future__ import annotations

import copy

import pytest
import timm
import torch
import workshop
from safetensors.torch import load_file
from test_folding import gradients, lived_in, pictures
from torch import nn

from models.training import lora
from models.training.batchnorm_folding import fold
from runs import paths

BODIES = ("test_resnet", "test_efficientnet", "test_convnext", "test_vit")


@pytest.fixture(params=BODIES)
def network(request):
    """In float64, for in float32 a value can change sides of a kink."""
    torch.manual_seed(0)
    return lived_in(timm.create_model(request.param, num_classes=0)).double()


@pytest.fixture
def x(network):
    return pictures(network.pretrained_cfg["input_size"][-1]).double()


def taught(network):
    """Adapters that have learnt something, the same for the same network."""
    generator = torch.Generator().manual_seed(3)
    for name, parameter in network.named_parameters():
        if "lora_" in name:
            parameter.data.normal_(0, 0.1, generator=generator)
    return network


def adapted(network, **more):
    lora.adapt(network, **{"rank": 4, "alpha": 8, "dropout": 0.0, **more})
    return network.double()


def test_only_adapters_learn(network, x):
    fold(network, x[:1])
    adapted(network)
    learning = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    assert learning and all("lora_" in name for name in learning)
    assert set(gradients(network, x)) == learning


def test_folded_or_not_adapters_compute_and_learn_the_same(network, x):
    folded = copy.deepcopy(network)
    fold(folded, x[:1])
    plain, folded = taught(adapted(network)), taught(adapted(folded))
    torch.testing.assert_close(folded(x), plain(x))
    expected, found = gradients(plain, x), gradients(folded, x)
    assert found.keys() == expected.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name])


def test_merged_it_is_the_plain_network_again_and_says_the_same(network, x):
    names, untouched = list(network.state_dict()), copy.deepcopy(network)
    fold(network, x[:1])
    taught(adapted(network, dropout=0.5))
    expected = network.eval()(x)
    lora.merge(network)
    assert list(network.state_dict()) == names
    assert not torch.allclose(expected, untouched(x), rtol=1e-2)
    torch.testing.assert_close(network(x), expected)
    untouched.load_state_dict(network.state_dict())
    torch.testing.assert_close(untouched(x), expected)


def test_dropout_acts_on_adapters_while_training_only(network, x):
    taught(adapted(network, dropout=0.5)).eval()
    assert torch.equal(network(x), network(x))
    for module in network.modules():
        module.train(isinstance(module, nn.Dropout))
    assert not torch.equal(network(x), network(x))


def test_adapters_killed_halfway_come_to_the_same_numbers(materials, learnt):
    settings = {"mode": "lora", "rank": 2, "lora_dropout": 0.2, "epochs": 2}
    unbroken, killed = (workshop.queued(materials, "image_recognition", **settings) for _ in range(2))
    unbroken = workshop.done(unbroken)
    workshop.killed(killed, "training", "training", 0.6)
    run = workshop.done(killed)
    assert (run.status, run.error, run.attempt) == ("done", None, 2)
    assert learnt(run) == learnt(unbroken)
    bundle = load_file(paths.run(killed) / "bundle/body/model.safetensors")
    pretrained = load_file(materials["image_recognition"][0] / "model.safetensors")
    assert bundle.keys() == pretrained.keys()
    trained = load_file(paths.run(killed) / "trained.safetensors")  # of which the bundle has as much as helps
    taught = {name.removeprefix("body.").partition(".lora_B")[0] for name in trained if "lora_B" in name}
    assert all(trained[name].any() for name in trained if "lora_B" in name)
    assert taught == set(lora.targets(timm.create_model("test_resnet", num_classes=0)))
