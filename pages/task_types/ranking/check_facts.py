"""What is counted of who had what, and how it is divided: once for the data, the edits and the settings."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from cases.dataset import Dataset
from cases.ranking import interactions as scale
from cases.ranking import split, stats, timeline_sample
from cases.ranking.interactions import USERS, Interactions, minimum
from cases.ranking.split import Split
from cases.ranking.stats import Facts
from cases.ranking.timeline_sample import TimelineSample
from cases.settings import dividing
from models.errors import InputError
from pages.task_types.data_report import DataReport


def facts(checked: DataReport) -> Facts:
    lines = len(history(checked.dataset, checked.values.get("min_rating")).user)
    return _measured(checked.dataset.folder, _edited(checked.dataset), checked.values.get("min_rating"), lines)


def _edited(dataset: Dataset) -> frozenset[int]:
    return frozenset(row for row, label in dataset.edits.items() if label is None and row in dataset.as_read.index)


def history(dataset: Dataset, min_rating: str | None) -> Interactions:
    return _opened(dataset.folder, _edited(dataset), min_rating)


def positive(checked: DataReport) -> tuple[float | None, int]:
    """The rating from which on an interaction is positive, None where all are; and how many are rated lower."""
    asked = checked.values.get("min_rating")
    low = history(checked.dataset, asked).low
    return minimum(checked.dataset, asked), 0 if low is None else len(low.user)


def steps(dataset: Dataset) -> list[str]:
    """The steps of the scale that a minimum rating can be chosen of."""
    return list(_steps(dataset.folder))


def divided(checked: DataReport) -> Split | InputError:
    return _division(*_asked(checked))


def glimpsed(checked: DataReport) -> tuple[TimelineSample, list[str]] | None:
    """A few users with their names; None where it cannot be divided."""
    return _glimpse(*_asked(checked))


def _asked(checked: DataReport) -> tuple[Path, frozenset[int], float | None, tuple[Any, ...]]:
    asked = tuple(sorted(dividing(checked.case.Settings, checked.values).items()))
    return checked.dataset.folder, _edited(checked.dataset), checked.values["min_rating"], asked


@lru_cache(maxsize=4)
def _opened(folder: Path, gone: frozenset[int], min_rating: float | None) -> Interactions:
    return Interactions.open(Dataset.open(folder, dict.fromkeys(gone)), min_rating)


@lru_cache(maxsize=4)
def _steps(folder: Path) -> tuple[str, ...]:
    return tuple(scale.steps(Dataset.open(folder)))


@lru_cache(maxsize=4)
def _measured(folder: Path, gone: frozenset[int], min_rating: float | None, _lines: int) -> Facts:
    history = _opened(folder, gone, min_rating)
    return stats.facts(history.user, history.item, history.time, history.items, gone)


@lru_cache(maxsize=4)
def _division(
    folder: Path, gone: frozenset[int], min_rating: float | None, asked: tuple[Any, ...]
) -> Split | InputError:
    try:
        return split.divide(_opened(folder, gone, min_rating), **dict(asked))
    except InputError as error:
        return error


@lru_cache(maxsize=4)
def _glimpse(folder: Path, *asked: Any) -> tuple[TimelineSample, list[str]] | None:
    division = _division(folder, *asked)
    if isinstance(division, InputError):
        return None
    found = timeline_sample.of(division)
    return found, pd.read_parquet(folder / USERS)["name"].iloc[found.people].tolist()
