"""The picture network: what it learns, what it leaves alone, and that its bundle says the same."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from cases.image_recognition import predict
from cases.image_recognition.network import PictureNetwork, load_body
from models.errors import InputError
from models.heads.head import Head, HeadOnFeatures, _by_autograd, _linear, warm_start
from models.training.losses import Loss


@pytest.fixture
def build(body):
    def building(*, augmentation="crop_flip", **head):
        torch.set_num_threads(1)
        torch.manual_seed(0)
        network, preprocessing = load_body(body)
        options = {"hidden": 0, "activation": "relu", "dropout": 0.0, **head}
        made = Head(network.num_features, 3, **options)
        torch.nn.init.normal_(made.output.weight)
        loss = Loss("cross_entropy", np.ones(3))
        return PictureNetwork(network, made, preprocessing, augmentation=augmentation, loss=loss)

    return building


@pytest.fixture
def pixels():
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (6, 40, 40, 3), dtype=np.uint8))


def state(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def train_once(network, pixels):
    network.train()
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], 0.1)
    network(pixels, torch.tensor([0, 1, 2, 0, 1, 2]))["loss"].backward()
    optimizer.step()


def changed(before, after):
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_the_preprocessing_comes_from_the_folder_and_one_that_timm_cannot_build_is_refused(body, tmp_path):
    half = [0.5, 0.5, 0.5]
    assert load_body(body)[1] == {"size": 40, "crop": 32, "interpolation": "bilinear", "mean": half, "std": half}
    config = json.loads((body / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "architecture": "perceptron_of_1958"}))
    (tmp_path / "model.safetensors").write_bytes((body / "model.safetensors").read_bytes())
    with pytest.raises(InputError, match=r"could not be built \(Unknown model \(perceptron_of_1958\)\)"):
        load_body(tmp_path)


@pytest.mark.parametrize("blocks", [1, 2])
def test_only_the_last_blocks_and_the_head_learn(build, pixels, blocks):
    network = build()
    network.freeze_all_but(blocks)
    before = state(network)
    train_once(network, pixels)
    learnt = changed(before, state(network))
    touched = {name.split(".")[1] for name in learnt if name.startswith("body.")}
    assert touched == {"layer4", "layer3"} if blocks == 2 else touched == {"layer4"}
    assert {"head.output.weight", "head.output.bias"} <= learnt


def test_features_are_what_the_body_says_of_the_normalised_middle(build, pixels):
    network = build().eval()
    middle = (pixels[:, 4:36, 4:36].permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
    with torch.no_grad():
        features = network.features(pixels)
        assert torch.allclose(features, network.body(middle), atol=1e-5)
        assert torch.allclose(network(pixels)["logits"], network.head(features), atol=1e-5)
        assert torch.equal(HeadOnFeatures(network.head, network.loss)(features)["logits"], network.head(features))


def test_a_training_forward_sees_the_middle_only_without_augmentation(build, pixels):
    with torch.no_grad():
        plain, cut = build(augmentation="none"), build()
        for network in (plain, cut):
            network.train()
            network.body.eval()
        middle = build().eval()(pixels)["logits"]
        assert torch.allclose(plain(pixels)["logits"], middle, atol=1e-5)
        assert not torch.allclose(cut(pixels)["logits"], middle, atol=1e-2)


@pytest.mark.parametrize(("hidden", "activation"), [(0, "relu"), (8, "sigmoid"), (8, "tanh"), (8, "relu"), (8, "gelu")])
def test_the_script_in_a_bundle_says_what_the_network_says(build, hidden, activation):
    network = build(hidden=hidden, activation=activation, dropout=0.5).eval()
    network.head.standardise(torch.randn(20, network.body.num_features))
    pixels = np.random.default_rng(1).integers(0, 256, (5, 40, 40, 3), dtype=np.uint8)
    model = {
        "body": network.body, "head": network.head.state_dict(), "crop": 32, "mean": [0.5] * 3, "std": [0.5] * 3,
        "activation": activation,
    }  # fmt: skip
    with torch.no_grad():
        expected = network(torch.from_numpy(pixels))["logits"]
    assert torch.allclose(predict.logits(model, pixels), expected, atol=1e-4)


def test_a_warm_start_learns_what_the_features_tell():
    torch.manual_seed(0)
    features = torch.randn(60, 5) * 100 + 7
    labels = (features[:, 0] > 7).long()
    head = Head(5, 2, hidden=0, activation="relu", dropout=0.0)
    assert torch.equal(head(features), torch.zeros(60, 2))  # every class equally likely at first
    head.standardise(features)
    warm_start(head, features, labels)
    assert (head(features).argmax(1) == labels).float().mean() > 0.95


@pytest.mark.parametrize("towards", [None, torch.arange(15.0).reshape(3, 5)], ids=["nothing", "what is known"])
def test_a_linear_head_is_fitted_by_the_gradients_that_autograd_finds(towards):
    torch.manual_seed(0)
    features, labels = torch.randn(60, 5) * 10 + 7, torch.arange(60) % 3
    given = Head(5, 3, hidden=0, activation="relu", dropout=0.0)
    given.standardise(features)
    torch.nn.init.normal_(given.output.weight)
    x, found = given.standardised(features), []
    for way in (_linear, _by_autograd):
        weights, loss = way(given, x, labels, 0.1, towards)
        found.append((loss().item(), [one.grad.clone() for one in weights]))
    (one, slopes), (other, expected) = found
    assert one == pytest.approx(other, rel=1e-6) and len(slopes) == len(expected) == 2
    assert all(torch.allclose(slope, wanted, atol=1e-5) for slope, wanted in zip(slopes, expected, strict=True))
