"""Memory that was freed is used again at once, instead of being given back and asked for anew; or given back."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

PROC = Path("/proc/self")
M_MMAP_MAX, M_TRIM_THRESHOLD = -4, -1  # of mallopt(3)
MORE = 1.05  # times as much as ever before is more, see `Surplus`


def keep_what_is_freed() -> bool:
    """Tell the C library to hold on to freed memory for the life of this process; whether it could be told.

    A training step on a CPU makes and drops the same hundreds of megabytes each time. By its defaults glibc maps
    and unmaps every large block, and the kernel then clears every page again: a fifth of a step's time. The peak
    is higher, by up to a half where a network of convolutions learns as a whole. Only glibc knows `mallopt`.
    """
    mallopt = _of_glibc("mallopt")
    return bool(mallopt and mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, 2**31 - 1))


def give_back() -> None:
    """Return freed memory to the system, so that what is held now can be told from what was held before."""
    if trim := _of_glibc("malloc_trim"):
        trim(0)


class Surplus:
    """Freed memory of a process that keeps it: given back when the process holds more than it ever did.

    Batches of different lengths want blocks of different sizes, so what one has freed does not always serve the next:
    each time the longest batch came round, a training on long texts held as much again. Given back at every such
    record, what lies scattered does not add up, and between records nothing is cleared anew.
    """

    def __init__(self) -> None:
        self.record = 0.0

    def look(self) -> None:
        """To be called between steps, when little is in use."""
        if (held := resident_mb()) > MORE * self.record:
            self.record = held
            give_back()


def resident_mb() -> float:
    """What this process holds; 0 where the system does not tell it as Linux does."""
    try:
        pages = int((PROC / "statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def forget_peak() -> bool:
    """Let Linux note from now on the most that this process holds; whether it can."""
    try:
        (PROC / "clear_refs").write_text("5")
    except OSError:  # another system, or one that does not allow it
        return False
    return True


def peak_mb() -> float:
    """The most that this process held since `forget_peak`."""
    [line] = [line for line in (PROC / "status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 2**10


def _of_glibc(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
