"""When the app is asked to stop, requests that are being answered have some seconds left, and no more.

The server would wait for an upload that does not go on, or for a visitor whose line is slow, until it is killed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

LAST_WORDS = 5.0  # seconds; containers are killed ten seconds after they were asked


def bound() -> None:
    """From now on a second clock runs once SIGTERM has come; call it in the main thread, after the server's own."""
    before = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        leaving = threading.Timer(LAST_WORDS, _leave)
        leaving.daemon = True
        leaving.start()
        if callable(before):
            before(number, frame)

    if callable(before) and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)


def _leave() -> None:
    sys.stderr.flush()
    os._exit(0)
