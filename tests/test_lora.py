"""What learns beside what stays: adapters, frozen blocks, and features that are kept of them."""

from __future__ import annotations

import copy
import shutil
from collections import namedtuple

import made_texts
import numpy as np
import pytest
import timm
import torch
import workshop
from safetensors.torch import load_file
from test_folding import gradients, lived_in, pictures

from cases.base import WorkDirs
from cases.text_analysis import CASE, trainer
from models.progress import QUIET, NullReporter
from models.text import encoder, frozen_blocks, tokenizer
from models.training import lora
from models.training.batchnorm_folding import fold
from runs import paths

pytestmark = pytest.mark.slow

BODIES = ("test_resnet", "test_efficientnet", "test_convnext", "test_vit")
Disk = namedtuple("Disk", "total used free")
DEEP = 5  # blocks


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
    assert all(parameter.requires_grad for parameter in network.parameters())  # it could be fine-tuned again
    assert not torch.allclose(expected, untouched(x), rtol=1e-2)
    torch.testing.assert_close(network(x), expected)
    untouched.load_state_dict(network.state_dict())
    torch.testing.assert_close(untouched(x), expected)


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


@pytest.fixture(scope="module")
def deep_body(tmp_path_factory):
    return made_texts.write_body(tmp_path_factory.mktemp("deep"), layers=DEEP)


@pytest.fixture(scope="module")
def seen(deep_body, tmp_path_factory):
    """Texts, and a cache with what the whole body makes of them."""
    folder = tmp_path_factory.mktemp("seen")
    texts = made_texts.write(folder / "data", 60)
    made_texts.build(texts, folder, QUIET, model=str(deep_body))
    return texts, folder / "cache"


@pytest.fixture
def texts(seen, tmp_path):
    shutil.copytree(seen[1], tmp_path / "cache")
    return seen[0]


@pytest.fixture
def learn(deep_body, texts, tmp_path):
    """Train one block of the deep body; all runs of a test share a cache."""

    def learning(name, report=QUIET, **chosen):
        usual = {"model": str(deep_body), "mode": "last_blocks", "blocks": 1, "learning_rate": 0.003, "batch_size": 8,
                 "precision": "fp32", "words": "without", "epochs": 1}  # fmt: skip
        place = WorkDirs(tmp_path / name, tmp_path / "cache")
        learner = trainer.build(CASE.Settings(**{**usual, **chosen}), texts, place, report)
        learner.fit(report)
        return learner

    return learning


@pytest.mark.parametrize("blocks", [1, 2, 3, 4])
def test_the_blocks_above_make_of_it_what_the_whole_body_makes_of_the_text(deep_body, tmp_path, blocks):
    body, tokeniser = encoder.load_body(deep_body), tokenizer.load(deep_body)
    ids = tokeniser.ids([text for text, _label in made_texts.said(60)])
    frozen = frozen_blocks.keep(tmp_path / "below.rows", body, blocks, tokeniser, ids, QUIET)
    some = [7, 3, 41, 3]
    given = {name: torch.from_numpy(one) for name, one in tokeniser.padded([ids[place] for place in some]).items()}
    told = {name: torch.from_numpy(one) for name, one in frozen.batch(some).items()}
    with torch.no_grad():
        parted = frozen_blocks.embed(body, blocks, given, told["states"], told["below"])
        whole = encoder.embed(body, given)
    assert torch.allclose(parted, whole, atol=1e-5)
    assert len(encoder.stack(body)[-1]) == DEEP  # all blocks are in their place again


def test_a_training_ends_with_the_same_weights_whether_it_is_kept_or_not(learn, tmp_path, monkeypatch):
    kept = learn("kept")
    assert kept.items.frozen is not None
    [path] = (tmp_path / "cache").rglob("*-below-*.rows")
    path.unlink()
    monkeypatch.setattr(frozen_blocks, "MOST", 0)
    anew = learn("anew")
    assert anew.items.frozen is None
    for (name, one), other in zip(kept.network.state_dict().items(), anew.network.state_dict().values(), strict=True):
        assert torch.allclose(one, other, atol=1e-4), name
    one, other = (learner.evaluate(QUIET).outcome.probabilities for learner in (kept, anew))
    assert np.allclose(one, other, atol=1e-4)


class Computing(NullReporter):
    """How many of how many texts had been made ready, each time that it was told."""

    def __init__(self):
        self.told = []

    def progress(self, what, done, total, **more):
        if what == "features" and done < total:
            self.told.append((done, total))


def test_the_next_run_takes_it_up_and_a_profile_knows_that(learn, deep_body, texts, tmp_path):
    settings = CASE.Settings(model=str(deep_body), mode="last_blocks", blocks=1, precision="fp32", words="without")

    def prepared():
        (folder := tmp_path / "profile").mkdir(exist_ok=True)
        return CASE.tasks[0].profile(settings, texts, WorkDirs(folder, tmp_path / "cache"), QUIET)["pace"]["prepare"]

    first, second, before = Computing(), Computing(), prepared()
    learn("first", first)
    learn("second", second)
    assert {total for _done, total in first.told} == {60} and not second.told
    assert before > 0 and prepared() == 0


@pytest.mark.parametrize("before", [False, True])
def test_a_disk_that_is_nearly_full_keeps_nothing_more_than_it_has(learn, monkeypatch, before):
    if before:
        learn("before")
    monkeypatch.setattr(frozen_blocks.shutil, "disk_usage", lambda _place: Disk(10**12, 10**12 - 1000, 1000))
    assert (learn("full").items.frozen is not None) == before
