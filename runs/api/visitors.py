"""How much the visitors of demos may ask at once: no link keeps another waiting, and the owner waits for none."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from anyio import CapacityLimiter

from runs.inference import lanes

OF_ONE_LINK = 1  # questions that are answered at once, of all those of the link
MOST_WAITING = 40  # questions of one link that arrive, wait and are answered
OF_ONE_ADDRESS = 30  # of these from one address, behind which a whole class may sit: others find room as well

_here: Counter[tuple[str, str | None]] = Counter()  # share and address, or None for all → questions; one process
_limiters: dict[str, CapacityLimiter] = {}


@contextmanager
def visit(share: str, address: str) -> Iterator[bool]:
    """Whether there is room for one more question of the link from this address; while this lasts it counts."""
    places = ((share, None), (share, address))
    _here.update(places)
    try:
        yield _here[share, None] <= MOST_WAITING and _here[share, address] <= OF_ONE_ADDRESS
    finally:
        _here.subtract(places)
        for place in places:
            if not _here[place]:
                del _here[place]
        if (share, None) not in _here:
            _limiters.pop(share, None)


@asynccontextmanager
async def turn(share: str) -> AsyncIterator[CapacityLimiter]:
    """Wait until the link may ask; what then bounds the threads of all links. The question counts as a `visit`."""
    async with _limiters.setdefault(share, CapacityLimiter(OF_ONE_LINK)):
        yield _limiters.setdefault("", CapacityLimiter(lanes.WORKERS[lanes.VISITORS]))
