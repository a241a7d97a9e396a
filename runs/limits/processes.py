"""How much memory and time a process may take that opens what people bring.

On Linux the kernel refuses memory beyond the limit; elsewhere, and for the time everywhere, `runs.worker.process_watch`
looks on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from models.environment import number
from models.errors import N_, InputError
from models.memory import ran_out
from runs import machine

MEMORY, MINUTES = "CASEBOOK_READ_MEMORY", "CASEBOOK_READ_MINUTES"  # environment; 0 for no limit
STACKS = 24 * 2**20  # bytes a core: each library reserves stacks for its threads that are hardly used
KERNEL = sys.platform == "linux"  # whether the kernel counts what a process may write to


def memory() -> int:
    """Bytes beyond what an idle process has; 0 for no limit."""
    return round(number(MEMORY, 2.0) * 2**30)


def seconds() -> float:
    """For files of a few megabytes; 0 for no limit."""
    return number(MINUTES, 10.0) * 60


def of_model(bundle: Path) -> int:
    """Bytes for a model in memory: once as it lies on the disk and once to compute with; 0 where there is none."""
    return 2 * sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())


def held() -> int:
    """Bytes that this process may write to, as the kernel counts them; 0 where it does not."""
    return psutil.Process().memory_info().data if KERNEL else 0


def hold(room: int, idle: int) -> None:
    """Take at most so many bytes more than the process `held` idle, and what its threads reserve; 0 for no limit."""
    if not room or not KERNEL:
        return
    import resource

    _now, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = idle + room + STACKS * machine.cores()
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _let_go() -> None:
    """What is still to be done, cleaning up and telling, must not fail for want of memory."""
    if KERNEL:
        import resource

        _now, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


@contextmanager
def named(*, goes_on: bool = False) -> Iterator[None]:
    """Where memory ends, say so to the person. A process that does not go on with other things has no limit from then.

    Raises:
        InputError: what was done needs more memory than the process gets.
    """
    try:
        yield
    except (MemoryError, OSError, RuntimeError) as error:
        if not _is_for_want_of_memory(error):
            raise
        if not goes_on:
            _let_go()
        raise too_much() from error


@contextmanager
def bounded() -> Iterator[None]:
    """Read within the limit of memory in a process that trains afterwards, which has no limit.

    Raises:
        InputError: see `named`.
    """
    hold(memory(), held())
    try:
        with named():
            yield
    finally:
        _let_go()


def _is_for_want_of_memory(error: Exception) -> bool:
    """Cleaning up after a `MemoryError` may fail for the same reason, in other words."""
    return ran_out(error) or "can't start new thread" in str(error)


def _short(found: float) -> float | int:
    return round(found, 2) if found % 1 else round(found)


def too_long(limit: float) -> InputError:
    return InputError(
        found=N_("Reading took longer than {minutes} minutes and was stopped."),
        expected=N_("Files must be read within this time; large files get one minute more per 100 MB."),
        remedy=N_(
            "Try again when the machine is less busy, upload fewer or smaller files, or ask the administrator to "
            "raise {setting}."
        ),
        minutes=_short(limit / 60),
        setting=MINUTES,
    )


def too_much() -> InputError:
    return InputError(
        found=N_("Reading needed more than {limit} GB of memory and was stopped."),
        expected=N_("Reading may use this much memory at most."),
        remedy=N_("Upload fewer or smaller files, or ask the administrator to raise {setting}."),
        limit=_short(memory() / 2**30),
        setting=MEMORY,
    )


def is_too_much(error: InputError) -> bool:
    """Whether it is the one of `too_much`."""
    return error.args_.get("setting") == MEMORY


def brought_down() -> InputError:
    return InputError(
        found=N_("The reading process crashed."),
        expected=N_("Files must be readable with at most {limit} GB of memory."),
        remedy=N_("Check the files, or upload fewer or smaller ones."),
        limit=_short(memory() / 2**30),
    )
