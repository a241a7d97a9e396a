"""Names of classes tell a head where examples are few, and only where they do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cases.stored_settings import from_json
from cases.text_analysis.settings import Settings
from models.heads import linear_probe
from models.heads.baselines import Baselines
from models.heads.head import HeadOnFeatures, ProbeConfig
from models.progress import QUIET

WIDTH, CLASSES = 48, 6
MIDDLES = np.random.default_rng(0).normal(size=(CLASSES, WIDTH))


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


def test_what_was_chosen_with_names_is_kept_beside_what_was_chosen_without(tmp_path):
    features, labels = (some.numpy() for some in texts_of(4, seed=1))
    rows, path, known = np.arange(len(labels)), tmp_path / "features.rows", names(telling=True).numpy()
    both = [Baselines(features, labels, rows, CLASSES, path, QUIET, prior=prior) for prior in (known, None)]
    assert both[0].hold.prior is not None and both[1].hold.prior is None
    again = Baselines(features, labels, rows, CLASSES, path, QUIET, prior=known)
    assert again.hold == both[0].hold and torch.equal(again.hold.prior, both[0].hold.prior)
    assert len(list(tmp_path.glob("*-probe.safetensors"))) == 2


def test_the_encoder_reads_the_names_unless_they_are_not_to_count(learn_texts):
    trainer = learn_texts(epochs=1)
    read = trainer.items.class_names(QUIET)
    assert read.shape == (3, trainer.features.open().shape[1]) and np.allclose(read.mean(0), 0, atol=1e-6)
    assert "class_names" not in trainer.trained  # of names that it does not know
    assert learn_texts(epochs=1, class_names="without").items.class_names(QUIET) is None


def test_runs_that_are_older_did_without_them():
    stored = {"seed": 0, "model": "multilingual-e5-small", "mode": "head"}
    assert from_json(Settings, stored).class_names == "without"
    assert Settings().class_names == "automatic"
