"""On a card as many items are seen at once as its memory holds, found by trying; the same numbers come of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_memory import Noting, Room
from test_memory_everywhere import limited

from models.errors import InputError
from models.memory import Growth
from models.progress import QUIET
from models.storage.array_cache import ArrayCache
from models.text import encoder, tokenizer
from models.training import feature_batches
from models.training.length_bucketing import computed


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


def test_a_processor_sees_as_many_as_before():
    cpu = torch.device("cpu")
    assert feature_batches.growth(cpu, 2048, QUIET) is None
    assert (feature_batches.first(cpu, 16), feature_batches.most(cpu, 16), feature_batches.stretch(cpu, 512)) == (
        16, 16, 512,
    )  # fmt: skip


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
