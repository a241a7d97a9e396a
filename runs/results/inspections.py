"""What can be seen of an item inside a run's network, layer by layer."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path

import numpy as np

from cases.training import inspection
from runs.results.item_work import FACTS, ItemWork
from runs.store.records import Run

WORK = ItemWork("inspect", "inspections")
ask, again, known = WORK.ask, WORK.again, WORK.known


def arrays(run: Run, key: str) -> dict[str, np.ndarray]:
    """The arrays of one that is done, by the names that its panels use."""
    folder = WORK.folder(run.id, key)
    return _arrays(folder, (folder / FACTS).stat().st_mtime_ns)


def picture(run: Run, key: str, name: str) -> str:
    """A picture of it, as an address that a browser can show."""
    content = base64.b64encode((WORK.folder(run.id, key) / Path(name).name).read_bytes()).decode()
    return f"data:image/webp;base64,{content}"


@lru_cache(maxsize=4)
def _arrays(folder: Path, _written: int) -> dict[str, np.ndarray]:
    return inspection.read(folder)
