"""How much the visitors of demos may ask at once: no link keeps another waiting, and the owner waits for none."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from anyio import CapacityLimiter

from runs.inference import lanes

OF_ONE_LINK = 1  # questions that are answered at once, of all those of the link
MOST_WAITING = 20  # questions of one link that arrive, wait and are answered

_here: Counter[str] = Counter()  # share → its questions; one process serves all
_limiters: dict[str, CapacityLimiter] = {}


@contextmanager
def visit(share: str) -> Iterator[bool]:
    """Whether there is room for one more question of the link; while this lasts it counts."""
    _here[share] += 1
    try:
        yield _here[share] <= MOST_WAITING
    finally:
        _here[share] -= 1
        if not _here[share]:
            del _here[share]
            _limiters.pop(share, None)


@asynccontextmanager
async def turn(share: str) -> AsyncIterator[CapacityLimiter]:
    """Wait until the link may ask; what then bounds the threads of all links. The question counts as a `visit`."""
    async with _limiters.setdefault(share, CapacityLimiter(OF_ONE_LINK)):
        yield _limiters.setdefault("", CapacityLimiter(lanes.WORKERS[lanes.VISITORS]))
