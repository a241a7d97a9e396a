"""Memory that runs out: told from other errors, and met by doing less at once."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from models.errors import N_, InputError
from models.freed_memory import give_back
from models.progress import ProgressReporter

T = TypeVar("T")

WORDS = (  # of allocators that have no error of their own: CUDA's libraries, torch's on a CPU, onnxruntime's
    "out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED", "DefaultCPUAllocator",
    "Failed to allocate memory", "bad allocation", "bad_alloc",
)  # fmt: skip

CONTEXT_MB = 1024  # of a card, beside tensors: its context, loaded kernels, and what cuBLAS and cuDNN work in

_halvings: ContextVar[int] = ContextVar("halvings", default=0)


def ran_out(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, on the processor or on a card."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return any(word in str(error) for word in WORDS)


def release() -> None:
    """Return what torch keeps of a card's memory for later, and the C library of the machine's; to be called when what
    was in hand is forgotten, such as the error that told."""
    if cuda := _card_in_use():
        cuda.empty_cache()
    give_back()


def taken_of_card() -> int | None:
    """MB that this process has taken of its card at most, with what CUDA takes itself; None where it uses none."""
    cuda = _card_in_use()
    return cuda.max_memory_reserved() // 2**20 + CONTEXT_MB if cuda else None


def _card_in_use() -> Any:
    """`torch.cuda` where this process uses a card. Another thread may be importing it just now; then it has nothing
    yet."""
    cuda = sys.modules.get("torch.cuda")
    is_initialized = getattr(cuda, "is_initialized", None)
    return cuda if is_initialized and is_initialized() else None


@contextmanager
def halved(times: int) -> Iterator[None]:
    """Within it all batches begin so many times halved, since whole ones had the process killed."""
    before = _halvings.set(times)
    try:
        yield
    finally:
        _halvings.reset(before)


def halvings() -> int:
    """How many times batches begin halved, see `halved`."""
    return _halvings.get()


class Fitting:
    """Does work on stretches of items, with as many at once as the memory has held so far."""

    def __init__(self, report: ProgressReporter) -> None:
        self.report = report
        self.most: int | None = None

    def __call__(self, work: Callable[[int, int], T], start: int, stop: int) -> list[T]:
        """Return `work(start, stop)`, or where memory runs out what it returns of parts, in their order.

        Raises:
            InputError: the memory does not hold a single item.
        """
        while True:
            size = min(max(1, (stop - start) >> halvings()), self.most or stop - start)
            try:
                return [work(at, min(at + size, stop)) for at in range(start, stop, size)]
            except Exception as error:
                _require_shortage(error, alone=size == 1)
            # the error is forgotten, and with it what the work had in hand
            release()
            self.most = size // 2
            self.report.note(N_("Memory ran out: batch size reduced to {n}."), n=self.most)


class Growth:
    """How much is done at once where more is quicker: twice as much after each time that the memory held it, until it
    ran out; from then on what it held last."""

    def __init__(self, first: int, most: int, report: ProgressReporter) -> None:
        self.size, self.most, self.report, self.growing = first, most, report, True

    def tried(self, work: Callable[[], T], *, full: bool, alone: bool) -> T | None:
        """Return what `work` does, or None where memory ran out and it is to be tried with less.

        Args:
            full: it does as much as `size` allows, so that it tells whether more may be held.
            alone: it does a single item.

        Raises:
            InputError: the memory does not hold a single item.
        """
        try:
            done = work()
        except Exception as error:
            _require_shortage(error, alone=alone)
        else:
            if full and self.growing:
                self.size = min(2 * self.size, self.most)
            return done
        release()  # once the error is forgotten
        self.size, self.growing = max(1, self.size // 2), False
        self.report.note(N_("Memory ran out: batch size reduced to {n}."), n=self.size)
        return None


def fewer(work: Callable[[int], T], most: int, report: ProgressReporter) -> T:
    """Return `work(most)`, which goes through all of its items by itself, so many at once; where memory runs out what
    it returns with half as many at once, and so on.

    Raises:
        InputError: the memory does not hold a single item.
    """
    size = max(1, most >> halvings())
    while True:
        try:
            return work(size)
        except Exception as error:
            _require_shortage(error, alone=size == 1)
        release()
        size //= 2
        report.note(N_("Memory ran out: batch size reduced to {n}."), n=size)


def _require_shortage(error: Exception, *, alone: bool) -> None:
    """Raise what has to be raised of an error: itself, unless memory ran out; and where that was for a single item
    `alone`, that it does not fit."""
    if not ran_out(error):
        raise error
    if alone:
        raise _too_little() from error


def _too_little() -> InputError:
    return InputError(
        found=N_("The model and one example do not fit into memory."),
        expected=N_("Memory must hold the model and one example."),
        remedy=N_("Choose a smaller model, or close other programs, then resume."),
    )
