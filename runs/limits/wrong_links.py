"""Guesses at links to demos: whoever opens many wrong ones waits for each answer; a right one never comes here."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict

from runs.limits import attempts

FREE = 20  # wrong links of one address, in `attempts.WINDOW`, that are answered at once
PAUSE = 2.0  # seconds before each further answer, one after the other
MOST_WAITING = 5  # wrong links of one address that wait for their answer; those beyond get none

_waiting: Counter[str] = Counter()  # address → its wrong links that wait; one process serves all
_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
_counting = threading.Lock()


def answered(address: str) -> bool:
    """Note a wrong link, and return once it may be answered; False where it is not.

    Args:
        address: of the visitor; empty for this machine.
    """
    if attempts.note("links", address, FREE) is not None:
        return True
    place = attempts.subscriber(address)
    with _counting:
        if _waiting[place] >= MOST_WAITING:
            return False
        _waiting[place] += 1
        turn = _turns[place]
    try:
        with turn:
            time.sleep(PAUSE)
    finally:
        with _counting:
            _waiting[place] -= 1
            if not _waiting[place]:
                del _waiting[place], _turns[place]
    return True
