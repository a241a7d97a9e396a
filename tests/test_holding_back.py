"""How strongly a linear head is held back: as much as the items ask for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from models.evaluation.label_errors import suspects
from models.heads import linear_probe
from models.heads.head import Head, HeadOnFeatures, ProbeConfig
from models.progress import QUIET

WIDTH, CLASSES = 48, 6


def clouds(each, seed, loud=0):
    """`each` items of every class around its middle, the same for every seed; `loud` features tell little of it."""
    middles = np.random.default_rng(0).normal(size=(CLASSES, WIDTH))
    labels = np.repeat(np.arange(CLASSES), each)
    noise = np.random.default_rng(seed).normal(size=(len(labels), WIDTH)) * np.where(np.arange(WIDTH) < loud, 8, 2)
    return torch.from_numpy((middles[labels] + noise).astype(np.float32)), torch.from_numpy(labels)


def chosen(features, labels, classes=CLASSES, report=QUIET):
    return linear_probe.select_penalty_cv(features, labels, classes, report=report)


def judged(head, features, labels):
    """Accuracy, cross-entropy, mean confidence."""
    with torch.no_grad():
        scores = head(features)
    shares = scores.softmax(1).amax(1).mean()
    right = (scores.argmax(1) == labels).float().mean()
    return right.item(), nn.functional.cross_entropy(scores, labels).item(), shares.item()


def unseen_by(items, hold, loud=0):
    return judged(linear_probe.fit(*items, CLASSES, hold), *clouds(300, seed=2, loud=loud))


@pytest.mark.parametrize("loud", [0, 8, 16])
def test_of_all_penalties_one_of_the_best_for_unseen_items_is_chosen(loud):
    items = clouds(16, seed=1, loud=loud)
    accuracies = [
        unseen_by(items, linear_probe.ProbeConfig(penalty, 1.0, WIDTH), loud)[0] for penalty in linear_probe.PENALTIES
    ]
    assert max(accuracies) - min(accuracies) > 0.05
    assert unseen_by(items, chosen(*items), loud)[0] > max(accuracies) - 0.01


def test_a_head_held_back_is_as_sure_as_it_is_right():
    items = clouds(16, seed=1)
    hold = chosen(*items)
    accuracy, loss, confidence = unseen_by(items, hold)
    _, shy, _ = unseen_by(items, linear_probe.ProbeConfig(hold.penalty, 1.0, WIDTH))
    assert abs(confidence - accuracy) < 0.1
    assert loss < shy


def test_where_the_strongest_penalties_tell_nothing_it_goes_on_to_weaker_ones():
    features, labels = clouds(3, seed=1)
    rare = torch.zeros(len(labels), 400)
    rare[:, :WIDTH] = features / 1000  # the rest hardly moves, so that one scale for all makes these faint
    rare[:, WIDTH:] = torch.from_numpy(np.random.default_rng(7).normal(size=(len(labels), 400 - WIDTH)) / 10)
    losses = [one.losses.mean() for one in linear_probe._ever_weaker(
        rare, labels, CLASSES, linear_probe._pairs(labels), linear_probe.PENALTIES,
        ProbeConfig(0.0, 1.0, 400))]  # fmt: skip
    assert len(losses) > 4


def test_every_class_is_spread_over_the_folds_and_few_items_are_parted_anew():
    labels = torch.from_numpy(np.repeat([0, 1, 2], [100, 25, 5]))
    pairs = linear_probe._pairs(labels)
    assert len(pairs) == linear_probe.heads(130) == 15
    for others, held in pairs:
        assert sorted(torch.cat([others, held]).tolist()) == list(range(130))
        assert np.bincount(labels[held]).tolist() == [20, 5, 1]
    first, second = (torch.cat([held for _, held in pairs[start : start + 5]]) for start in (0, 5))
    assert sorted(first.tolist()) == list(range(130)) and not torch.equal(first, second)


KNOWN = torch.from_numpy(np.random.default_rng(9).normal(size=(CLASSES, WIDTH)).astype(np.float32))


@pytest.mark.parametrize("known", [(0.03, None, 0.0), (0.3, KNOWN, 1.0)], ids=["towards 0", "towards what is known"])
@pytest.mark.parametrize("width", [WIDTH, WIDTH // 2])
def test_training_with_the_penalty_comes_to_the_head_that_is_fitted_with_it(width, known):
    penalty, prior, strength = known
    (features, labels), hold = clouds(40, seed=1), ProbeConfig(penalty, 2.0, width, prior, strength)
    head = Head(WIDTH, CLASSES, hidden=0, activation="relu", dropout=0.0)
    head.standardise(features, hold)
    network = HeadOnFeatures(head, nn.CrossEntropyLoss(), hold).train()
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(600):
        optimizer.zero_grad()
        network(features, labels)["loss"].backward()
        optimizer.step()
    with torch.no_grad():
        fitted = linear_probe.fit(features, labels, CLASSES, hold)
        assert torch.allclose(head(features).softmax(1), fitted(features).softmax(1), atol=1e-3)
        told = network.eval()(features, labels)["loss"]  # what is validated is what is delivered, without the penalty
    assert told == pytest.approx(nn.functional.cross_entropy(head(features), labels).item(), abs=1e-6)
    assert not head.output.weight[:, width:].any()


def test_labels_that_were_swapped_in_training_stand_out_in_heads_that_did_not_learn_them():
    features, labels = clouds(40, seed=1)
    wrong = [3, 50, 100, 170]
    given = labels.clone()
    given[wrong] = (labels[wrong] + 1) % CLASSES
    hold = chosen(features, given)
    told = linear_probe.out_of_fold(features, given, CLASSES, hold, np.full(len(given), -1), QUIET)
    assert told.sum(1) == pytest.approx(np.ones(len(given)), abs=1e-5)
    found, likely = suspects(told, given.numpy())
    assert set(wrong) <= set(found.tolist()) and len(found) <= 12
    assert {row: kind for row, kind in zip(found.tolist(), likely.tolist(), strict=True) if row in wrong} == {
        row: labels[row].item() for row in wrong
    }


def test_a_copy_with_the_same_wrong_label_does_not_vouch_for_the_other():
    features, labels = clouds(40, seed=1)
    features, given = torch.cat([features, features[:1]]), torch.cat([labels, labels[:1]])
    given[[0, -1]] = 4
    together = np.full(len(given), -1)
    together[[0, -1]] = 7
    told = linear_probe.out_of_fold(
        features, given, CLASSES, linear_probe.ProbeConfig(0.1, 10.0, WIDTH), together, QUIET
    )
    assert told[[0, -1], 4].max() < 0.5 and told[0] == pytest.approx(told[-1], abs=1e-4)


def test_few_items_that_are_all_told_apart_leave_a_doubt_and_something_to_learn():
    middles = torch.eye(CLASSES).repeat_interleave(WIDTH // CLASSES, 1)
    labels = torch.arange(CLASSES).repeat_interleave(6)
    features = middles[labels] + 0.05 * torch.randn(len(labels), WIDTH, generator=torch.Generator().manual_seed(0))
    head = linear_probe.fit(features, labels, CLASSES, chosen(features, labels))
    right, loss, sure = judged(head, features, labels)
    assert right == 1
    assert 0.9 < sure < 0.999  # of 36 items none was mistaken: the next one may be
    assert loss > 1e-3  # else no gradient is left for the network before the head


def test_what_judges_beside_a_head_is_fitted_to_other_folds_only_and_can_outweigh_a_wrong_head():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 60)
    features = torch.from_numpy(random.normal(size=(120, 4)).astype(np.float32))  # which tell nothing
    asked: list[int] = []

    def beside(known, held):
        assert not set(known.tolist()) & set(held.tolist())
        asked.extend(held.tolist())
        return np.eye(2)[labels[held]] * 0.8 + 0.1

    hold = ProbeConfig(1.0, 1.0, 4)
    alone, both = (linear_probe.out_of_fold(features, torch.from_numpy(labels), 2, hold, np.full(120, -1), QUIET, some)
                   for some in ((), [beside]))  # fmt: skip
    assert sorted(asked) == list(range(120)) and np.allclose(both.sum(1), 1)
    assert (both.argmax(1) == labels).mean() == 1 > (alone.argmax(1) == labels).mean()
