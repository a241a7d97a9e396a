"""Batches of like length: what they hold, and what they save."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from test_memory import Noting, Room, limited

from models.errors import InputError
from models.memory import Growth
from models.progress import QUIET
from models.storage.array_cache import ArrayCache
from models.text import encoder, tokenizer
from models.training.length_bucketing import batches_within, computed, computed_each, training_order

LENGTHS = np.random.default_rng(0).geometric(0.05, 5003)


def filled(items, batch=32):
    """Places in all batches, each filled to its longest."""
    batches = [LENGTHS[items[start : start + batch]] for start in range(0, len(items), batch)]
    return sum(len(one) * one.max() for one in batches)


def test_most_of_the_filling_is_saved_and_batches_change_and_come_in_no_order():
    ordered, random = training_order(LENGTHS, 32, seed=0, epoch=0), np.random.default_rng(1).permutation(len(LENGTHS))
    assert filled(ordered) - LENGTHS.sum() < 0.1 * (filled(random) - LENGTHS.sum())
    means = LENGTHS[training_order(LENGTHS, 32, seed=0, epoch=0)][:4992].reshape(-1, 32).mean(1)
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.2

    def together(epoch):
        items = training_order(LENGTHS, 32, seed=0, epoch=epoch)
        return {frozenset(items[start : start + 32].tolist()) for start in range(0, len(items), 32)}

    assert not together(0) & together(1)


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


def test_twice_as_many_each_time_until_memory_runs_out_then_what_it_held_last(tmp_path):
    room, report = Room(20), Noting()
    rows = ArrayCache(tmp_path / "squares.rows", 150, (), "int64")
    assert rows.fill(room, 100, QUIET, "features", Growth(4, 1000, report)).tolist() == [n**2 for n in range(150)]
    sizes = [stop - start for start, stop in room.asked]
    assert sizes == [4, 8, 16, 32, 16, 16, 16, 16, 8, 16, 16, 16, 2]  # two stretches, of 100 and of 50
    assert report.notes == ["Memory ran out: batch size reduced to 16."]


def test_no_more_than_is_worth_it_and_a_rest_tells_nothing(tmp_path):
    room = Room(1000)
    growth = Growth(4, 8, QUIET)
    rows = ArrayCache(tmp_path / "squares.rows", 26, (), "int64")
    rows.fill(room, 13, QUIET, "features", growth)
    assert [stop - start for start, stop in room.asked] == [4, 8, 1, 8, 5] and growth.size == 8


def test_where_a_single_item_does_not_fit_it_is_told(tmp_path):
    rows = ArrayCache(tmp_path / "squares.rows", 8, (), "int64")
    with pytest.raises(InputError, match="do not fit into memory"):
        rows.fill(Room(0), 8, QUIET, "features", Growth(4, 1000, QUIET))
    with pytest.raises(ZeroDivisionError):
        Growth(4, 8, QUIET).tried(lambda: 1 / 0, full=True, alone=False)


def test_who_goes_on_after_an_interruption_has_the_same_rows(tmp_path):
    rows = ArrayCache(tmp_path / "squares.rows", 100, (), "int64")

    def broken(start, stop):
        if start >= 64:
            raise KeyboardInterrupt
        return np.arange(start, stop) ** 2

    with pytest.raises(KeyboardInterrupt):
        rows.fill(broken, 32, QUIET, "features", Growth(4, 16, QUIET))
    room = Room(1000)
    assert rows.fill(room, 32, QUIET, "features", Growth(4, 16, QUIET)).tolist() == [n**2 for n in range(100)]
    assert room.asked[0][0] == 64


def test_batches_of_like_length_grow_too():
    lengths, seen = [10] * 40, []

    def compute(items):
        if len(items) > 9:
            raise MemoryError
        seen.append(len(items))
        return np.stack([items, items], 1)

    growth = Growth(20, 10_000, QUIET)
    found = computed(lengths, 5, 2, compute, growth=growth)
    assert found[:, 0].tolist() == [*range(40)]
    assert seen == [2, 4, 8, 8, 8, 8, 2] and growth.size == 80


def test_texts_have_the_vectors_that_they_have_in_small_batches(text_body):
    body, tokeniser, report = encoder.load_body(text_body), tokenizer.load(text_body), Noting()
    ids = tokeniser.ids([f"good {'food ' * (number % 9)}" for number in range(60)])
    plain = encoder.vectors_of_tokens(body, tokeniser, ids, bf16=False, report=QUIET)
    limited(body, 12)
    growth = Growth(16, 10_000, report)
    grown = encoder.vectors_of_tokens(body, tokeniser, ids, bf16=False, report=QUIET, growth=growth)
    assert np.allclose(plain, grown, atol=1e-5) and len(report.notes) >= 1


@pytest.mark.gpu
def test_a_card_is_filled_and_not_more_than_that(tmp_path):
    card, report = torch.device("cuda"), Noting()
    torch.cuda.set_per_process_memory_fraction(2**30 / torch.cuda.get_device_properties(card).total_memory)
    try:
        growth = Growth(1, 10**6, report)

        def work(start, stop):  # 32 MB an item
            return torch.ones(stop - start, 2**23, device=card).sum(1).cpu().numpy()

        rows = ArrayCache(tmp_path / "sums.rows", 300, (), "float32")
        assert (rows.fill(work, 300, QUIET, "features", growth) == 2**23).all()
        assert 4 <= growth.size <= 16 and len(report.notes) == 1
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
