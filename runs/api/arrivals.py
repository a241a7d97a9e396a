"""Files on their way into collections, so that none is read before they have come. One process takes all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_arriving: Counter[str] = Counter()  # draft → files
_counting = threading.Lock()


@contextmanager
def arriving(draft: str) -> Iterator[None]:
    """While this lasts one more file is on its way into the collection."""
    with _counting:
        _arriving[draft] += 1
    try:
        yield
    finally:
        with _counting:
            _arriving[draft] -= 1
            if not _arriving[draft]:
                del _arriving[draft]


def under_way(draft: str) -> int:
    return _arriving[draft]
