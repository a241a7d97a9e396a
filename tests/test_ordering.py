"""Batches of like length: what they hold, and what they save."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from models.training.length_bucketing import batches_within, computed, computed_each, training_order

LENGTHS = np.random.default_rng(0).geometric(0.05, 5003)


def filled(items, batch=32):
    """Places in all batches, each filled to its longest."""
    batches = [LENGTHS[items[start : start + batch]] for start in range(0, len(items), batch)]
    return sum(len(one) * one.max() for one in batches)


@pytest.mark.parametrize(("items", "batch"), [(5003, 32), (64, 32), (31, 32), (1, 8), (100, 1)])
def test_every_item_comes_once(items, batch):
    assert sorted(training_order(LENGTHS[:items], batch, seed=0, epoch=0)) == list(range(items))


def test_most_of_the_filling_is_saved_and_batches_change_and_come_in_no_order():
    ordered, random = training_order(LENGTHS, 32, seed=0, epoch=0), np.random.default_rng(1).permutation(len(LENGTHS))
    assert filled(ordered) - LENGTHS.sum() < 0.1 * (filled(random) - LENGTHS.sum())
    means = LENGTHS[training_order(LENGTHS, 32, seed=0, epoch=0)][:4992].reshape(-1, 32).mean(1)
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.2

    def together(epoch):
        items = training_order(LENGTHS, 32, seed=0, epoch=epoch)
        return {frozenset(items[start : start + 32].tolist()) for start in range(0, len(items), 32)}

    assert not together(0) & together(1)


def test_seed_and_epoch_alone_decide():
    first = training_order(LENGTHS, 32, seed=3, epoch=2)
    np.random.default_rng().random(5)
    assert np.array_equal(training_order(LENGTHS, 32, seed=3, epoch=2), first)
    for other in ({"seed": 3, "epoch": 1}, {"seed": 4, "epoch": 2}):
        assert not np.array_equal(training_order(LENGTHS, 32, **other), first)


def test_batches_hold_like_lengths_within_the_limit_and_a_longer_item_is_a_batch():
    lengths = np.random.default_rng(0).integers(3, 40, 500)
    batches = batches_within(lengths, 100)
    assert sorted(np.concatenate(batches)) == list(range(500))
    assert max(len(rows) * lengths[rows].max() for rows in batches) <= 100
    assert all(lengths[a].min() >= lengths[b].max() for a, b in pairwise(batches))
    assert [rows.tolist() for rows in batches_within([2, 500, 2], 100)] == [[1], [2, 0]]
    assert batches_within([], 100) == []


def test_what_is_computed_in_batches_comes_back_in_order_and_what_fills_them_up_counts_for_each_item():
    lengths = [3, 40, 1, 17, 40]
    seen = []

    def compute(items):
        seen.append(len(items))
        return np.array([[lengths[item], item] for item in items])

    assert computed(lengths, 80, 2, compute).tolist() == [[3, 0], [40, 1], [1, 2], [17, 3], [40, 4]]
    assert seen == [2, 3]
    assert computed([], 80, 2, compute).shape == (0, 2)
    lengths = [10, 20, 10, 20]
    assert computed_each(lengths, 40, together=4) == 15  # two of 20, then two of 10
    assert computed_each(lengths, 40, together=2) == 20  # twice 20 and 10 in one batch
    assert computed_each([7], 5, together=9) == 7
