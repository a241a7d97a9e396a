"""Two runs beside each other on the very items that both were tested on."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from models.paired import Paired, mcnemar
from runs import files
from runs.store import Run


def tested(run: Run) -> pd.DataFrame | None:
    """What it said of each item of its test part (label, predicted; by the item's row), if it was evaluated."""
    path = files.run(run.id) / "predictions.parquet"
    if not run.result or not path.exists():
        return None
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _read(path: Path, _written: int) -> pd.DataFrame:
    return pd.read_parquet(path, columns=["id", "label", "predicted"]).set_index("id").sort_index()


def same_items(one: Run, other: Run) -> bool:
    """Whether their test parts hold the same items with the same labels."""
    first, second = tested(one), tested(other)
    return (
        one.dataset == other.dataset
        and first is not None
        and second is not None
        and first["label"].equals(second["label"])
    )


def paired(one: Run, other: Run) -> Paired:
    """Only for runs with the same test items."""
    right = [(table["label"] == table["predicted"]).to_numpy() for table in map(tested, (one, other))]
    return mcnemar(*right)
