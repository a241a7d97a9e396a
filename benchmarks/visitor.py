"""A reader without a browser, who opens a page once."""

from __future__ import annotations

import time

from benchmarks.page_client import errors, opened


def visit(port: int, page: str, query: str = "") -> float:
    """Seconds from opening `page` in a new session to the last word of its script.

    Raises:
        RuntimeError: the page shows an error, or nothing.
    """
    start = time.monotonic()
    with opened(port) as connected:
        messages = connected.run(page, query)
        seconds = time.monotonic() - start
    if wrong := errors(messages):
        raise RuntimeError(f"The page shows: {wrong[0]}")
    if sum(message.WhichOneof("type") == "delta" for message in messages) < 3:
        raise RuntimeError(f"The page “{page}” stayed empty.")
    return seconds
