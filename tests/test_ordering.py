"""Batches of like length: what they hold, and what they save."""

from __future__ import annotations

import numpy as np
import pytest

from models.ordering import order

LENGTHS = np.random.default_rng(0).geometric(0.05, 5003)


def filled(items, batch=32):
    """Places in all batches, each filled to its longest."""
    batches = [LENGTHS[items[start : start + batch]] for start in range(0, len(items), batch)]
    return sum(len(one) * one.max() for one in batches)


@pytest.mark.parametrize(("items", "batch"), [(5003, 32), (64, 32), (31, 32), (1, 8), (100, 1)])
def test_every_item_comes_once(items, batch):
    assert sorted(order(LENGTHS[:items], batch, seed=0, epoch=0)) == list(range(items))


def test_most_of_the_filling_is_saved():
    ordered, random = order(LENGTHS, 32, seed=0, epoch=0), np.random.default_rng(1).permutation(len(LENGTHS))
    assert filled(ordered) - LENGTHS.sum() < 0.1 * (filled(random) - LENGTHS.sum())


def test_seed_and_epoch_alone_decide():
    first = order(LENGTHS, 32, seed=3, epoch=2)
    np.random.default_rng().random(5)
    assert np.array_equal(order(LENGTHS, 32, seed=3, epoch=2), first)
    for other in ({"seed": 3, "epoch": 1}, {"seed": 4, "epoch": 2}):
        assert not np.array_equal(order(LENGTHS, 32, **other), first)


def test_short_and_long_batches_come_in_no_order():
    means = LENGTHS[order(LENGTHS, 32, seed=0, epoch=0)][:4992].reshape(-1, 32).mean(1)
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.2


def test_neighbours_change_from_epoch_to_epoch():
    def together(epoch):
        items = order(LENGTHS, 32, seed=0, epoch=epoch)
        return {frozenset(items[start : start + 32].tolist()) for start in range(0, len(items), 32)}

    assert not together(0) & together(1)
