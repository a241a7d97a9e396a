"""Arrays on disk survive whatever interrupts their making, and what fills them is decoded by all cores."""

from __future__ import annotations

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cases.image_recognition.decoder import seen
from cases.ingest.decoded_files import decoded_files, on_cores
from models.progress import QUIET, NullReporter, Stopped
from models.storage.array_cache import ArrayCache


def squares(start, stop):
    return np.arange(start, stop, dtype=np.float32)[:, None] ** 2 * np.ones(3, np.float32)


def made(rows, compute=squares, report=QUIET):
    return rows.fill(compute, 4, report, "squares")


class After(NullReporter):
    """Asks to stop after so many batches; keeps what it was told."""

    def __init__(self, batches=None):
        self.batches, self.told = batches, []

    def progress(self, what, done, total, **more):
        self.told.append((what, done, total))

    def check(self):
        if self.batches is not None and len(self.told) >= self.batches:
            raise Stopped


@pytest.fixture
def rows(tmp_path):
    return ArrayCache(tmp_path / "deep" / "squares.rows", 10, (3,), "float32")


def test_rows_are_computed_once_and_then_read(rows):
    report = After()
    assert np.array_equal(made(rows, report=report), squares(0, 10))
    assert report.told == [("squares", 0, 10), ("squares", 4, 10), ("squares", 8, 10), ("squares", 10, 10)]
    again = made(rows, lambda start, stop: pytest.fail("computed twice"))
    assert np.array_equal(again, squares(0, 10)) and (again.shape, again.dtype) == ((10, 3), np.float32)


def test_where_memory_does_not_hold_a_batch_it_is_made_in_parts(rows):
    asked = []

    def small(start, stop):
        asked.append(stop - start)
        if stop - start > 2:
            raise MemoryError
        return squares(start, stop)

    assert np.array_equal(made(rows, small), squares(0, 10))
    assert asked == [4, 2, 2, 2, 2, 2]


def test_an_interrupted_file_is_gone_on_with_at_a_multiple_of_the_batch(rows):
    with pytest.raises(Stopped):
        made(rows, report=After(2))
    assert not rows.complete()
    asked = []
    again = made(rows, lambda start, stop: asked.append((start, stop)) or squares(start, stop))
    assert np.array_equal(again, squares(0, 10)) and asked == [(8, 10)]


@pytest.mark.parametrize("harm", [
    lambda whole: whole[:20] + b"\x00\x00\x80\x7f" + whole[24:], lambda whole: whole[:-1],
], ids=["overwritten", "too short"])  # fmt: skip
def test_rows_that_are_damaged_do_not_count_and_are_made_again(rows, harm):
    kept = np.array(made(rows))
    rows.path.write_bytes(harm(rows.path.read_bytes()))
    assert not rows.complete()
    assert np.array_equal(made(rows), kept) and rows.complete()


def test_an_error_in_the_making_leaves_nothing_that_counts_and_no_lock(rows):
    with pytest.raises(ZeroDivisionError) as kept:  # whoever keeps the error keeps no lock
        made(rows, lambda start, stop: 1 / 0 if start else squares(start, stop))
    assert not rows.complete()
    assert np.array_equal(made(rows), squares(0, 10))
    del kept


def test_a_second_worker_waits_for_the_first_and_computes_nothing(rows):
    begun, go_on = threading.Event(), threading.Event()

    def slow(start, stop):
        begun.set()
        assert go_on.wait(30)
        return squares(start, stop)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(made, rows, slow)
        assert begun.wait(30)
        with pytest.raises(Stopped):  # whoever waits can still be stopped
            made(rows, report=After(0))
        second = pool.submit(made, rows, lambda *_: pytest.fail("computed twice"))
        go_on.set()
        assert np.array_equal(first.result(30), squares(0, 10)) and np.array_equal(second.result(30), squares(0, 10))


def test_a_full_disk_is_an_ordinary_error_and_what_was_written_is_used_later(small_disk):
    folder, enlarge = small_disk(64)
    rows = ArrayCache(folder / "large.rows", 100, (256,), "float32")  # 100 kilobytes

    def make(start, stop):
        return np.full((stop - start, 256), start, np.float32)

    with pytest.raises(OSError) as full:
        rows.fill(make, 10, QUIET, "large")
    assert full.value.errno == errno.ENOSPC
    assert not rows.complete()
    enlarge(256)
    report = After()
    assert np.array_equal(rows.fill(make, 10, report, "large")[:, 0], np.arange(100) // 10 * 10)
    assert report.told[0][1] > 0


# Files are decoded by all cores: in the order they came in, a bounded number at once, and until somebody stops it.


def decoded(paths, decode, *, report=QUIET, batch=4, workers=4):
    placed = [{"name": path.name, "path": path, "label": "a"} for path in paths]
    cores = partial(on_cores, workers=workers)
    return decoded_files(placed, decode, report, batch=batch, phase="pictures", decoders=cores)


def test_what_many_cores_decode_is_what_one_decodes_in_the_same_order(pictures, tmp_path):
    paths = []
    for number, content in enumerate([*pictures(7).values(), b"no picture", b""]):
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(content)
    one, four = (list(decoded(paths, seen, workers=workers)) for workers in (1, 4))
    assert [facts for facts, _ in one] == [facts for facts, _ in four]
    assert [facts["name"] for facts, _ in four] == [path.name for path in paths]
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(one, four, strict=True))
    assert [type(outcome) for _, outcome in four[-2:]] == [str, str]


def test_a_wish_to_stop_ends_what_waits():
    begun = []

    class Stopping(NullReporter):
        def check(self):
            if begun:
                raise Stopped

    with pytest.raises(Stopped):
        list(decoded([Path("x")] * 1000, begun.append, report=Stopping(), batch=100, workers=2))
    assert len(begun) <= 200
