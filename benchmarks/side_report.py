"""What one side of a comparison reports; no library of either side is imported for it."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any


def told(seconds: dict[str, float], accuracy: float, names: list[str]) -> dict[str, Any]:
    """What the comparison needs to know; `names` are those of the items that trained."""
    return {
        "seconds": seconds,
        "total": sum(seconds.values()),
        "accuracy": accuracy,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
        "split": sha256("\n".join(sorted(names)).encode()).hexdigest(),
    }


@contextmanager
def timed(name: str, seconds: dict[str, float]) -> Iterator[None]:
    start = time.monotonic()
    yield
    seconds[name] = time.monotonic() - start
