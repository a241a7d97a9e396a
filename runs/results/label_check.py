"""How networks judge labels that they were not trained on, measured when somebody asks for it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from models.evaluation.predictions import Predictions
from models.storage import checksums
from runs.results import predictions
from runs.store import folders
from runs.store.records import Run

FILE = "label_check.parquet"


def keep(run: str, rows: np.ndarray, probabilities: np.ndarray) -> None:
    """`rows` (items,) of the samples, `probabilities` (items, classes), as heads and networks judge together."""
    path = folders.run(run) / FILE
    table = pd.DataFrame(probabilities, columns=[str(number) for number in range(probabilities.shape[1])])
    table.insert(0, "id", rows)
    table.to_parquet(path.with_suffix(".partial"))
    checksums.settle(path.with_suffix(".partial"), path)


def is_there(run: Run) -> bool:
    """Whether it was measured since the run was evaluated, and its file is whole."""
    path, answers = folders.run(run.id) / FILE, folders.run(run.id) / predictions.FOLDER / "classes.json"
    if not path.exists() or not answers.exists() or not checksums.intact(path):
        return False
    return path.stat().st_mtime_ns >= answers.stat().st_mtime_ns


def outcome(run: Run) -> Predictions | None:
    """As `predictions.of`, where it is there with these judgements in the place of those out of fold."""
    found, path = predictions.of(run), folders.run(run.id) / FILE
    if found is None or found.out_of_fold is None or not is_there(run):
        return found
    return _with(found, path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _with(found: Predictions, path: Path, _written: int) -> Predictions:
    judged = found.out_of_fold
    if judged is None:
        return found
    table = pd.read_parquet(path).set_index("id").reindex(judged.rows)
    return replace(found, out_of_fold=replace(judged, probabilities=table.to_numpy(np.float32)))
