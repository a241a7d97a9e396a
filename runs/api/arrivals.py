"""Files on their way into collections, so that none is read before they have come. One process takes all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_arriving: Counter[tuple[str, str]] = Counter()  # owner and draft → files
_counting = threading.Lock()


@contextmanager
def arriving(owner: str, draft: str) -> Iterator[None]:
    """While this lasts one more file is on its way into the collection, if it is the owner's."""
    place = owner, draft
    with _counting:
        _arriving[place] += 1
    try:
        yield
    finally:
        with _counting:
            _arriving[place] -= 1
            if not _arriving[place]:
                del _arriving[place]


def under_way(owner: str, draft: str) -> int:
    return _arriving[owner, draft]
