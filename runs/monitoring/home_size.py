"""How much of the disk a home takes, by its parts; looked up beside all else, for there may be a million files."""

from __future__ import annotations

import math
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

PARTS = ("uploads", "datasets", "runs", "cache", "logs", "backups")
DATABASE, OTHER = "database", "other"
PERIOD = 600.0  # seconds between two looks
BLOCK = 512  # bytes; what `st_blocks` counts in, wherever it is told


class HomeSize:
    """Bytes by part as they were seen last: nothing at first, for whoever asks does not wait for it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.known: Mapping[str, int] = {}
        self.begun, self.seen, self.looking = -math.inf, -math.inf, threading.Lock()

    def now(self, oldest: float = PERIOD) -> Mapping[str, int]:
        """What is known, while what is older than so many seconds is looked up anew."""
        if time.monotonic() - self.begun > oldest and self.looking.acquire(blocking=False):
            self.begun = time.monotonic()
            threading.Thread(target=self._look, name="home size", daemon=True).start()
        return self.known

    def fresh(self, oldest: float) -> Mapping[str, int]:
        """The same, but nothing while what is known is older."""
        known = self.now(oldest)
        return known if time.monotonic() - self.seen <= oldest else {}

    def _look(self) -> None:
        try:
            self.known, self.seen = measure(self.home), time.monotonic()
        finally:
            self.looking.release()


@lru_cache(maxsize=4)
def of(home: Path) -> HomeSize:
    """The one of this process for this home."""
    return HomeSize(home)


def measure(home: Path) -> dict[str, int]:
    """Bytes on the disk of each part; a file with two names counts once, where it is met first."""
    seen: set[tuple[int, int]] = set()
    sizes: Counter[str] = Counter(dict.fromkeys((*PARTS, DATABASE, OTHER), 0))
    for entry in _files(home):
        try:
            state = entry.stat(follow_symlinks=False)
        except OSError:  # it is gone by now
            continue
        if state.st_nlink > 1 and (state.st_dev, state.st_ino) in seen:
            continue
        seen.update([(state.st_dev, state.st_ino)] if state.st_nlink > 1 else [])
        blocks = getattr(state, "st_blocks", -(-state.st_size // BLOCK))  # which Windows does not tell
        sizes[_part(Path(entry.path).relative_to(home))] += blocks * BLOCK
    return dict(sizes)


def _files(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _files(entry.path)
                else:
                    yield entry
    except OSError:  # a folder that is gone by now
        return


def _part(path: Path) -> str:
    top = path.parts[0]
    if top in PARTS:
        return top
    return DATABASE if top.startswith("casebook.db") else OTHER
