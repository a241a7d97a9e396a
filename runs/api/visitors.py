"""How much the visitors of demos may ask at once: no link keeps another waiting, and the owner waits for none."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from anyio import CapacityLimiter

from runs.inference import lanes
from runs.limits import attempts

OF_ONE_LINK = 1  # questions that are answered at once, of all those of the link
OF_ONE_VISITOR = 4  # questions of one open page that arrive, wait and are answered
CROWD = 2  # times as many as one address may have, a link may have: visitors of other addresses find room as well

_here: Counter[tuple[str, str]] = Counter()  # share and place → questions; one process
_limiters: dict[str, CapacityLimiter] = {}


@contextmanager
def visit(share: str, address: str, visitor: str = "") -> Iterator[bool]:
    """Whether there is room for one more question of the link; while this lasts it counts.

    Args:
        address: where it comes from, which a whole class may share; who comes as another visitor each time meets this
            bound.
        visitor: the open page that asks; empty where it is not known.
    """
    of_address = attempts.visitors_of_an_address()
    bounds = {"": CROWD * of_address, f"address {attempts.subscriber(address)}": of_address}
    if visitor:
        bounds[f"visitor {visitor}"] = OF_ONE_VISITOR
    places = [(share, place) for place in bounds]
    _here.update(places)
    try:
        yield all(_here[share, place] <= most for place, most in bounds.items())
    finally:
        _here.subtract(places)
        for place in places:
            if not _here[place]:
                del _here[place]
        if (share, "") not in _here:
            _limiters.pop(share, None)


@asynccontextmanager
async def turn(share: str) -> AsyncIterator[CapacityLimiter]:
    """Wait until the link may ask; what then bounds the threads of all links. The question counts as a `visit`."""
    async with _limiters.setdefault(share, CapacityLimiter(OF_ONE_LINK)):
        yield _limiters.setdefault("", CapacityLimiter(lanes.WORKERS[lanes.VISITORS]))
