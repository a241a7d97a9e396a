"""Where examples are few a pretrained network gets enough updates, and its early blocks may change less."""

from __future__ import annotations

import shutil

import made_texts
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

import cases
from cases import hyperparameters
from cases.classification import weight_interpolation
from cases.classification.loss import loss_for
from cases.hyperparameters import STEPS, training_length
from cases.settings import as_json
from models.heads import linear_probe
from models.heads.head import HeadOnFeatures, ProbeConfig
from models.progress import QUIET
from models.training import layer_rates
from models.training.checkpoints import TRAINED

WIDTH, CLASSES = 48, 6
MIDDLES = np.random.default_rng(0).normal(size=(CLASSES, WIDTH))


@pytest.mark.parametrize("case", ["image_recognition", "text_analysis", "speech"])
@pytest.mark.parametrize("mode", ["last_blocks", "lora", "full"])
def test_few_examples_are_learnt_from_for_more_epochs_and_many_as_ever(case, mode):
    form = cases.get(case).Settings
    values = as_json(form(mode=mode, batch_size=16, **({"task": "label"} if case == "speech" else {})))
    usual, many = (training_length(form, values, items).epochs for items in (None, 100_000))
    few = training_length(form, values, 100)
    assert usual == many < few.epochs
    assert few.epochs * 7 >= form.automatic(values)[STEPS] > (few.epochs - 1) * 7  # 7 updates an epoch
    assert STEPS not in hyperparameters.automatic(form, values, 100)
    assert training_length(form, {**values, "epochs": 3}, 100).epochs == 3  # as a person said


def test_each_block_has_its_own_rate_and_what_is_no_block_the_whole():
    network = nn.ModuleDict({"body": nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), "head": nn.Linear(2, 2)})
    network["body"][0].bias.requires_grad_(False)
    learning = [one for one in network.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW([{"params": learning[:2], "weight_decay": 0.5}, {"params": learning[2:]}], lr=0.1)
    blocks = [["body.0.weight", "body.0.bias"], ["body.1.weight", "body.1.bias"]]
    layer_rates.apply(optimizer, network, layer_rates.factors(blocks, 0.5))
    groups = {id(one): group for group in optimizer.param_groups for one in group["params"]}
    found = {name: groups[id(one)]["lr"] for name, one in network.named_parameters() if id(one) in groups}
    assert found == {"body.0.weight": 0.05, "body.1.weight": 0.1, "body.1.bias": 0.1, "head.weight": 0.1,
                     "head.bias": 0.1}  # fmt: skip
    assert optimizer.param_groups[0]["lr"] == 0.1 and len(groups) == len(learning)
    assert groups[id(learning[0])]["weight_decay"] == groups[id(learning[1])]["weight_decay"] == 0.5


def test_with_decay_the_first_block_of_an_encoder_moves_less(texts, text_body, seen_texts, tmp_path):
    moved, chosen = {}, {"model": str(text_body), "mode": "full", "learning_rate": 0.003, "epochs": 1}
    for decay in (1.0, 0.1):
        folder = tmp_path / str(decay)
        shutil.copytree(seen_texts, folder / "cache")
        trainer = made_texts.learn(texts, folder, QUIET, **chosen, layer_decay=decay)
        end = load_file(trainer.context.place.folder / TRAINED)
        names = [f"body.{name}" for name in trainer.network.blocks()[1]]
        moved[decay] = np.mean([(end[name] - trainer.interpolation.start[name]).abs().mean().item() for name in names])
    assert 0 < moved[0.1] < 0.5 * moved[1.0]


@pytest.mark.slow
def test_a_contrastive_share_is_learnt_from_but_not_measured(learn_texts):
    trainer = learn_texts(mode="full", learning_rate=0.003, epochs=5, contrastive="supervised")
    assert trainer.evaluate(QUIET).metrics["accuracy"]["low"] > 0.5  # a third by chance
    batch = trainer.items.batches(np.arange(240)).__getitems__([*range(24)])
    told = []
    for learning in (True, False):
        torch.manual_seed(0)
        trainer.network.train(learning)
        with torch.no_grad():
            told.append(trainer.network(**batch))
    labels = batch["labels"]
    assert told[1]["loss"].item() == pytest.approx(nn.functional.cross_entropy(told[1]["logits"], labels).item())
    plain = nn.functional.cross_entropy(told[0]["logits"], labels).item()
    assert told[0]["loss"].item() != pytest.approx(plain)


@pytest.mark.parametrize(
    ("counts", "chosen", "on"),
    [((49, 49), {}, True), ((20, 70), {}, True), ((50, 50), {}, False), ((49, 49), {"mode": "head"}, False),
     ((49, 49), {"contrastive": "none"}, False), ((5000, 5000), {"contrastive": "supervised"}, True)],
)  # fmt: skip
@pytest.mark.parametrize("case", ["image_recognition", "text_analysis", "speech"])
def test_by_itself_a_contrastive_share_is_learnt_where_examples_of_a_class_are_few(case, counts, chosen, on):
    settings = cases.get(case).Settings(**{"mode": "lora", **chosen})
    assert loss_for(settings, np.array(counts)).contrast == (0.5 if on else 0)


def test_an_end_that_is_only_surer_of_itself_is_no_better():
    random = np.random.default_rng(0)
    labels = random.integers(0, 4, 200)
    scores = random.normal(size=(200, 4)) + 1.5 * np.eye(4)[labels]
    alike, better = (
        weight_interpolation.errors(one, labels).mean() for one in (3 * scores, scores + np.eye(4)[labels])
    )
    assert alike == pytest.approx(weight_interpolation.errors(scores, labels).mean(), abs=0.005)
    assert better < alike - 0.1


def texts_of(each, seed):
    """`each` feature vectors around the middle of every class, and their classes."""
    labels = np.repeat(np.arange(CLASSES), each)
    noise = np.random.default_rng(seed).normal(size=(len(labels), WIDTH)) * 3
    return torch.from_numpy((MIDDLES[labels] + noise).astype(np.float32)), torch.from_numpy(labels)


def names(telling, seed=5):
    """What a network makes of the names: the classes' own directions, or others if they are not `telling`."""
    told = MIDDLES if telling else np.random.default_rng(seed).normal(size=MIDDLES.shape)
    return torch.from_numpy((told - told.mean(0)).astype(np.float32))


def right(head):
    features, labels = texts_of(300, seed=2)
    with torch.no_grad():
        return (head(features).argmax(1) == labels).float().mean().item()


def chosen(each, prior, seed=1):
    return linear_probe.select_penalty_cv(*texts_of(each, seed), CLASSES, prior=prior, report=QUIET)


def test_names_that_tell_help_where_examples_are_few():
    without, known = chosen(4, None), chosen(4, names(telling=True))
    assert without.prior is None and known.prior is not None
    heads = [linear_probe.fit(*texts_of(4, seed=1), CLASSES, hold) for hold in (without, known)]
    assert right(heads[1]) > right(heads[0]) + 0.1


def test_names_that_tell_nothing_are_seldom_taken_and_never_where_examples_are_many():
    assert not all(chosen(8, names(telling=False, seed=seed), seed).prior is not None for seed in (3, 4))
    assert not linear_probe.tries_prior(linear_probe.NAMED * CLASSES, CLASSES)


@pytest.mark.parametrize("width", [WIDTH, WIDTH // 2])
def test_a_head_that_knows_names_is_another_one_and_nothing_more_is_kept_of_it(width):
    (features, labels), hold = texts_of(40, seed=1), ProbeConfig(0.3, 2.0, width, names(telling=True), 1.0)
    known = linear_probe.fit(features, labels, CLASSES, hold)
    network = HeadOnFeatures(known, nn.CrossEntropyLoss(), hold)
    assert set(network.state_dict()) == {f"head.{name}" for name in known.state_dict()}
    plain = linear_probe.fit(features, labels, CLASSES, ProbeConfig(0.3, 2.0, width))
    assert not torch.allclose(known(features).softmax(1), plain(features).softmax(1), atol=0.01)


def test_the_encoder_reads_the_names_unless_they_are_not_to_count(learn_texts):
    trainer = learn_texts(epochs=1)
    read = trainer.items.class_names(QUIET)
    assert read.shape == (3, trainer.features.open().shape[1]) and np.allclose(read.mean(0), 0, atol=1e-6)
    assert "class_names" not in trainer.trained  # of names that it does not know
    assert learn_texts(epochs=1, class_names="without").items.class_names(QUIET) is None
