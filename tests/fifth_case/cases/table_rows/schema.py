"""Which columns of a table hold numbers and which hold words, and its rows as arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cases.dataset import Dataset
from cases.table_rows.predict import encode, number, parse

FILE = "columns.json"
MOST_WORDS = 50  # different ones in a column; more are names or notes, which tell nothing of other rows


def find(rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """`numbers`: columns in which every value is one; `words`: the others → their words, sorted."""
    values = {name: [row[name] for row in rows] for name in rows[0]}
    numbers = [name for name, found in values.items() if np.isfinite([number(value) for value in found]).all()]
    words = {name: sorted(set(found)) for name, found in values.items() if name not in numbers}
    return {"numbers": numbers, "words": {name: found for name, found in words.items() if len(found) <= MOST_WORDS}}


def left_out(rows: Sequence[Mapping[str, str]], found: Mapping[str, Any]) -> list[str]:
    """Columns that are neither."""
    return [name for name in rows[0] if name not in found["numbers"] and name not in found["words"]]


def save(found: Mapping[str, Any], folder: Path) -> None:
    (folder / FILE).write_text(json.dumps(found, ensure_ascii=False), "utf-8")


def of(dataset: Dataset) -> dict[str, Any]:
    return json.loads((dataset.folder / FILE).read_text("utf-8"))


def cells(dataset: Dataset) -> np.ndarray:
    """(samples, width) float32"""
    return encode(of(dataset), [parse(text) for text in dataset.as_read["text"]])


def distances(found: np.ndarray) -> np.ndarray:
    """(rows,) how many deviations each is away from the average row, as the root of the mean over the columns."""
    apart = (found - found.mean(0)) / np.maximum(found.std(0), 1e-6)
    return np.sqrt(np.square(apart).mean(1)).round(2)


def copies(texts: Sequence[str]) -> np.ndarray:
    """(rows,) the number of each group of equal rows, -1 where there is one only."""
    numbers = pd.factorize(pd.Series(texts))[0]
    return np.where(np.bincount(numbers)[numbers] > 1, numbers, -1)
