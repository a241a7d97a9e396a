"""What evaluated runs said of each item, read once and kept in memory while it is looked at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from models.outcome import Outcome
from runs import files
from runs.store import Run

FOLDER = "evaluation"
MAP = "map.parquet"  # columns place (of the outcome's items), x, y


def of(run: Run) -> Outcome | None:
    """None for a run that has not come so far, or was evaluated when this was not kept yet."""
    folder = files.run(run.id) / FOLDER
    known = folder / "classes.json"  # written last
    return _open(folder, known.stat().st_mtime_ns) if run.result and known.exists() else None


@lru_cache(maxsize=8)
def _open(folder: Path, _written: int) -> Outcome:
    return Outcome.open(folder)


def map_of(run: Run) -> pd.DataFrame | None:
    """None where it was not drawn since the run was evaluated."""
    folder = files.run(run.id) / FOLDER
    drawn = folder / MAP
    if not drawn.exists() or drawn.stat().st_mtime_ns < (folder / "classes.json").stat().st_mtime_ns:
        return None
    return pd.read_parquet(drawn)


def keep_map(run: str, places: np.ndarray, points: np.ndarray) -> None:
    """`places` (points,) of the outcome's items, `points` (points, 2)."""
    folder = files.run(run) / FOLDER
    table = pd.DataFrame({"place": places, "x": points[:, 0], "y": points[:, 1]})
    table.to_parquet(folder / f"{MAP}.partial")
    (folder / f"{MAP}.partial").replace(folder / MAP)
