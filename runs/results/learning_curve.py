"""The learning curve of a run's data, measured when somebody asks for it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from models.evaluation.learning_curve import LearningCurve
from models.storage import checksums
from runs.store import folders
from runs.store.records import Run

FILE = "learning_curve.json"


def keep(run: str, found: LearningCurve) -> None:
    path = folders.run(run) / FILE
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(found.as_json()), "utf-8")
    checksums.settle(partial, path)


def of(run: Run) -> LearningCurve | None:
    """None where it was not measured, or its file is damaged."""
    path = folders.run(run.id) / FILE
    if not path.exists() or not checksums.intact(path):
        return None
    return _open(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _open(path: Path, _written: int) -> LearningCurve:
    return LearningCurve.from_json(json.loads(path.read_text("utf-8")))
