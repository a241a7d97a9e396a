"""What the examples that a run was evaluated on are like, measured when somebody first looks at its slices."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from models.evaluation import slices
from models.evaluation.slices import Slice
from models.storage import checksums
from runs.results import paired_runs, predictions
from runs.store import folders
from runs.store.records import Run

FILE = "traits.parquet"
CLUSTER = "cluster"  # the trait of examples whose vectors lie together; its values are a number behind MARK
MARK = "#"


def answered(run: Run) -> pd.DataFrame | None:
    """A line for each example that has an answer, by its row or the number of the user; of those of the test part with
    what was kept of each. None where answers are not kept or damaged."""
    table, outcome = paired_runs.tested(run), predictions.of(run)
    if outcome is None:
        return table
    others = [outcome.rows, *([outcome.out_of_fold.rows] if outcome.out_of_fold else [])]
    return pd.DataFrame(index=pd.Index(np.unique(np.concatenate(others)), name="id"))


def clustered(run: Run, index: pd.Index) -> pd.DataFrame:
    """The column `CLUSTER`, "" for examples without a vector; no column where there are too few vectors."""
    outcome = predictions.of(run)
    if outcome is None:
        return pd.DataFrame(index=index)
    found = slices.clusters(outcome.vectors, (outcome.items["part"] == "test").to_numpy())
    if (found == slices.NO_CLUSTER).all():
        return pd.DataFrame(index=index)
    names = pd.Series([f"{MARK}{number + 1}" for number in found], index=outcome.rows)
    return names[~names.index.duplicated()].reindex(index, fill_value="").to_frame(CLUSTER)


def keep(run: str, table: pd.DataFrame) -> None:
    path = folders.run(run) / FILE
    table.to_parquet(path.with_suffix(".partial"))
    checksums.settle(path.with_suffix(".partial"), path)


def of(run: Run) -> pd.DataFrame | None:
    """A line for each example, a column for each trait; None where they were not measured since the run was evaluated,
    or their file is damaged."""
    path, answers = folders.run(run.id) / FILE, folders.run(run.id) / "predictions.parquet"
    if not path.exists() or not checksums.intact(path):
        return None
    written = path.stat().st_mtime_ns
    if answers.exists() and written < answers.stat().st_mtime_ns:
        return None
    return _open(path, written)


def sliced(run: Run, tested: np.ndarray) -> list[Slice]:
    """The slices of its examples by all of their traits, cut by the ids `tested`; [] where nothing is measured."""
    table = of(run)
    if table is None:
        return []
    path = folders.run(run.id) / FILE
    return _cut(path, path.stat().st_mtime_ns, tuple(tested.tolist()))


@lru_cache(maxsize=8)
def _open(path: Path, _written: int) -> pd.DataFrame:
    return pd.read_parquet(path)


@lru_cache(maxsize=8)
def _cut(path: Path, written: int, tested: tuple[int, ...]) -> list[Slice]:
    table = _open(path, written)
    return slices.cut(table, table.index.isin(tested))
