"""Arrays on disk survive whatever interrupts their making."""

from __future__ import annotations

import errno
import shutil
import threading

import numpy as np
import pytest

from models.progress import NullReporter, Stopped
from models.storage.array_cache import ArrayCache


def squares(start, stop):
    return np.arange(start, stop, dtype=np.float32)[:, None] ** 2 * np.ones(3, np.float32)


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
    assert np.array_equal(rows.fill(squares, 4, report, "squares"), squares(0, 10))
    assert report.told == [("squares", 0, 10), ("squares", 4, 10), ("squares", 8, 10), ("squares", 10, 10)]
    again = rows.fill(lambda start, stop: pytest.fail("computed twice"), 4, NullReporter(), "squares")
    assert np.array_equal(again, squares(0, 10))
    assert (again.shape, again.dtype) == ((10, 3), np.float32)


def test_where_memory_does_not_hold_a_batch_it_is_made_in_parts(rows):
    asked = []

    def small(start, stop):
        asked.append(stop - start)
        if stop - start > 2:
            raise MemoryError
        return squares(start, stop)

    assert np.array_equal(rows.fill(small, 4, NullReporter(), "squares"), squares(0, 10))
    assert asked == [4, 2, 2, 2, 2, 2]


def test_an_interrupted_file_is_gone_on_with_at_a_multiple_of_the_batch(rows):
    with pytest.raises(Stopped):
        rows.fill(squares, 4, After(2), "squares")
    assert not rows.complete()
    asked = []

    def noting(start, stop):
        asked.append((start, stop))
        return squares(start, stop)

    assert np.array_equal(rows.fill(noting, 4, NullReporter(), "squares"), squares(0, 10))
    assert asked == [(8, 10)]


def torn(partial):
    partial.write_bytes(partial.read_bytes()[: 6 * 12 + 5])


def zeroed(partial):
    """As a file system may leave what was not on the disk when the machine went down."""
    partial.write_bytes(partial.read_bytes()[: 5 * 12] + bytes(3 * 12))


@pytest.mark.parametrize("damage", [torn, zeroed])
def test_the_batches_from_a_damaged_row_on_are_made_again(rows, damage):
    with pytest.raises(Stopped):
        rows.fill(squares, 4, After(2), "squares")
    damage(rows.path.with_suffix(".partial"))
    asked = []
    made = rows.fill(lambda a, b: asked.append(a) or squares(a, b), 4, NullReporter(), "squares")
    assert np.array_equal(made, squares(0, 10))
    assert asked == [4, 8]


def test_rows_that_were_overwritten_are_made_again(rows):
    rows.fill(squares, 4, NullReporter(), "squares")
    content = bytearray(rows.path.read_bytes())
    content[20:24] = b"\x00\x00\x80\x7f"
    rows.path.write_bytes(bytes(content))
    assert not rows.complete()
    assert np.array_equal(rows.fill(squares, 4, NullReporter(), "squares"), squares(0, 10))
    assert rows.complete()


def test_rows_that_were_opened_outlive_their_file(rows):
    made = rows.fill(squares, 4, NullReporter(), "squares")
    shutil.rmtree(rows.path.parent)
    assert np.array_equal(made, squares(0, 10))


def test_a_file_that_is_too_short_does_not_count(rows):
    rows.path.parent.mkdir()
    rows.path.write_bytes(bytes(10 * rows.row_bytes - 1))
    assert not rows.complete()
    assert np.array_equal(rows.fill(squares, 4, NullReporter(), "squares"), squares(0, 10))
    assert rows.complete()


def test_an_error_in_the_making_leaves_nothing_that_counts(rows):
    def failing(start, stop):
        if start:
            raise ValueError("the second batch")
        return squares(start, stop)

    with pytest.raises(ValueError, match="the second batch"):
        rows.fill(failing, 4, NullReporter(), "squares")
    assert not rows.complete()
    assert np.array_equal(rows.fill(squares, 4, NullReporter(), "squares"), squares(0, 10))


def test_a_second_worker_waits_for_the_first_and_computes_nothing(rows):
    begun, go_on = threading.Event(), threading.Event()

    def slow(start, stop):
        begun.set()
        assert go_on.wait(30)
        return squares(start, stop)

    first = threading.Thread(target=rows.fill, args=(slow, 4, NullReporter(), "squares"))
    first.start()
    assert begun.wait(30)
    with pytest.raises(Stopped):  # whoever waits can still be stopped
        rows.fill(squares, 4, After(0), "squares")
    read = []
    never = pytest.fail
    second = threading.Thread(
        target=lambda: read.append(rows.fill(lambda *_: never("computed twice"), 4, NullReporter(), "squares"))
    )
    second.start()
    go_on.set()
    first.join(30)
    second.join(30)
    assert np.array_equal(read[0], squares(0, 10))


def test_a_full_disk_is_an_ordinary_error_and_what_was_written_is_used_later(small_disk):
    folder, enlarge = small_disk(64)
    rows = ArrayCache(folder / "large.rows", 100, (256,), "float32")  # 100 kilobytes

    def make(start, stop):
        return np.full((stop - start, 256), start, np.float32)

    with pytest.raises(OSError) as full:
        rows.fill(make, 10, NullReporter(), "large")
    assert full.value.errno == errno.ENOSPC
    assert not rows.complete()
    enlarge(256)
    report = After()
    assert np.array_equal(rows.fill(make, 10, report, "large")[:, 0], np.arange(100) // 10 * 10)
    assert report.told[0][1] > 0


def test_a_lock_is_open_again_after_a_failure(rows):
    def failing(start, stop):
        raise ValueError(start)

    with pytest.raises(ValueError, match="0") as kept:  # whoever keeps the error keeps no lock
        rows.fill(failing, 4, NullReporter(), "squares")
    assert np.array_equal(rows.fill(squares, 4, NullReporter(), "squares"), squares(0, 10))
    del kept
