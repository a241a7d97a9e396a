"""What is counted of who had what, and how it is divided: once for the data, the edits and the settings."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from cases.dataset import Dataset
from cases.recommendation import dividing, glimpses, measuring
from cases.recommendation.dividing import Division
from cases.recommendation.glimpses import Glimpse
from cases.recommendation.history import USERS, History, minimum
from cases.recommendation.measuring import Facts
from models.errors import InputError
from pages.parts.checking.facts import Checked


def facts(checked: Checked) -> Facts:
    lines = len(history(checked.dataset, checked.values.get("least")).user)
    return _measured(checked.dataset.folder, _edited(checked.dataset), checked.values.get("least"), lines)


def _edited(dataset: Dataset) -> frozenset[int]:
    return frozenset(row for row, label in dataset.edits.items() if label is None and row in dataset.as_read.index)


def history(dataset: Dataset, least: str | None) -> History:
    return _opened(dataset.folder, _edited(dataset), least)


def positive(checked: Checked) -> tuple[float | None, int]:
    """The rating from which on an interaction is positive, None where all are; and how many are rated lower."""
    asked = checked.values.get("least")
    low = history(checked.dataset, asked).low
    return minimum(checked.dataset, asked), 0 if low is None else len(low.user)


def divided(checked: Checked) -> Division | InputError:
    return _division(*_asked(checked))


def glimpsed(checked: Checked) -> tuple[Glimpse, list[str]] | None:
    """A few users with their names; None where it cannot be divided."""
    return _glimpse(*_asked(checked))


def _asked(checked: Checked) -> tuple[Path, frozenset[int], float | None, tuple[Any, ...]]:
    values = checked.values
    asked = tuple(sorted((name, values[name]) for name in ("split", "validation", "test", "seed")))
    return checked.dataset.folder, _edited(checked.dataset), values["least"], asked


@lru_cache(maxsize=4)
def _opened(folder: Path, gone: frozenset[int], least: float | None) -> History:
    return History.open(Dataset.open(folder, dict.fromkeys(gone)), least)


@lru_cache(maxsize=4)
def _measured(folder: Path, gone: frozenset[int], least: float | None, _lines: int) -> Facts:
    history = _opened(folder, gone, least)
    return measuring.facts(history.user, history.item, history.time, history.items, gone)


@lru_cache(maxsize=4)
def _division(folder: Path, gone: frozenset[int], least: float | None, asked: tuple[Any, ...]) -> Division | InputError:
    try:
        return dividing.divide(_opened(folder, gone, least), **dict(asked))
    except InputError as error:
        return error


@lru_cache(maxsize=4)
def _glimpse(folder: Path, *asked: Any) -> tuple[Glimpse, list[str]] | None:
    division = _division(folder, *asked)
    if isinstance(division, InputError):
        return None
    found = glimpses.of(division)
    return found, pd.read_parquet(folder / USERS)["name"].iloc[found.people].tolist()
