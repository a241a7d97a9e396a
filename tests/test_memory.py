"""Freed memory is used again without asking the kernel for new pages; where it runs out, less is done at once."""

from __future__ import annotations

import errno
import subprocess
import sys

import numpy as np
import pytest
import torch
from conftest import ROOT

from models import memory
from models.errors import InputError
from models.memory import Fitting
from models.progress import NullReporter

COUNT = """
import resource
from models.freed_memory import keep_what_is_freed

if {told}:
    assert keep_what_is_freed()
b"x" * (64 * 2**20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    b"x" * (64 * 2**20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(told):
    done = subprocess.run([sys.executable, "-c", COUNT.format(told=told)], cwd=ROOT, capture_output=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
def test_large_blocks_come_back_without_new_pages():
    assert faults(told=True) < 100 < 1000 < faults(told=False)


class Noting(NullReporter):
    def __init__(self):
        self.notes = []

    def note(self, message, **args):
        self.notes.append(message.format(**args))


class Room:
    """Squares numbers, at most `most` at once, as a card would that is too small for more."""

    def __init__(self, most, error=torch.OutOfMemoryError):
        self.most, self.error, self.asked = most, error, []

    def __call__(self, start, stop):
        self.asked.append((start, stop))
        if stop - start > self.most:
            raise self.error("CUDA out of memory.")
        return np.arange(start, stop) ** 2


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_where_memory_runs_out_half_as_much_is_done_at_once_from_then_on(error):
    room, report = Room(3, error), Noting()
    fitting = Fitting(report)
    done = [part for start in (0, 8) for part in fitting(room, start, start + 8)]
    assert np.concatenate(done).tolist() == [number**2 for number in range(16)]
    assert room.asked == [(0, 8), (0, 4), (0, 2), (2, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14), (14, 16)]
    assert report.notes == [f"Memory ran out: batch size reduced to {n}." for n in (4, 2)]


def test_where_it_does_not_hold_a_single_item_cause_and_remedy_are_told():
    with pytest.raises(InputError) as refused:
        Fitting(Noting())(Room(0), 0, 4)
    assert str(refused.value) == (
        "The model and one example do not fit into memory. Memory must hold the model and one example. Choose a "
        "smaller model, or close other programs, then resume."
    )


def test_another_error_is_not_taken_for_want_of_memory():
    with pytest.raises(ZeroDivisionError):
        Fitting(Noting())(lambda start, stop: 1 / 0, 0, 4)
    assert not memory.ran_out(RuntimeError("shapes cannot be multiplied")) and not memory.ran_out(
        OSError(errno.EIO, "")
    )


def test_a_process_after_one_that_was_killed_begins_with_less():
    room = Room(100)
    with memory.halved(2):
        Fitting(Noting())(room, 0, 8)
    Fitting(Noting())(room, 0, 8)
    assert room.asked == [(0, 2), (2, 4), (4, 6), (6, 8), (0, 8)]
