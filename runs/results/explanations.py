"""What a run's model looked at in an item."""

from __future__ import annotations

import re
from pathlib import Path

from runs.results.item_work import KEY, ItemWork
from runs.store.records import Run

WORK = ItemWork("explain", "explanations")
FILE = re.compile(r"[A-Za-z0-9_-]{1,64}\.(webp|wav)")

folder, ask, give_up, again, known = WORK.folder, WORK.ask, WORK.give_up, WORK.again, WORK.known


def file(run: Run, key: str, name: str) -> Path | None:
    """One of the pictures that were drawn, or of the sounds that were cut."""
    path = folder(run.id, key) / name
    return path if KEY.fullmatch(key) and FILE.fullmatch(name) and path.exists() else None
