"""Some items of the test part, to be tried by who has nothing at hand."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from cases.dataset import Dataset
from runs import paths
from runs.results import paired_runs, predictions
from runs.store import datasets
from runs.store.records import Run

MOST = 12
SHORT = 200  # characters of a text that is read at a glance
QUICK = 10.0  # seconds of a recording that is soon heard


def rows(run: Run) -> dict[int, str]:
    """Row of the run's data set → its label: of every class in turn, short ones first, the same ones each time; none
    where they are gone."""
    test, folder = _tested(run), paths.datasets() / str(run.dataset)
    if test is None or not datasets.is_there(str(run.dataset), run.owner):
        return {}
    if long := _long(folder):
        test = test.iloc[test["id"].isin(long).argsort(kind="stable")]
    turn = test.groupby("label").cumcount()  # first, second, … of its class
    some = test.assign(turn=turn).sort_values(["turn", "label"]).head(MOST)
    return {int(row): str(label) for row, label in zip(some["id"], some["label"], strict=True)}


def tested(run: Run) -> np.ndarray:
    """Rows of the data set that are in the test part; none where that is not known any more."""
    test = _tested(run)
    return np.zeros(0, int) if test is None else test["id"].to_numpy()


def _tested(run: Run) -> pd.DataFrame | None:
    """The columns id and label, the class or the text of each item of the test part."""
    outcome, table = predictions.of(run), paired_runs.tested(run)
    if outcome is None:
        return None if table is None else table["label"].reset_index()
    test = outcome.of("test").items
    return test.assign(label=[outcome.classes[number] for number in test["label"]])


@lru_cache(maxsize=32)
def _long(folder: Path) -> frozenset[int]:
    """Rows of the data set, which never changes, that hold long texts or recordings."""
    samples = Dataset.open(folder).as_read
    longest = {"characters": SHORT, "seconds": QUICK}
    return frozenset().union(
        *(samples.index[samples[name] > most] for name, most in longest.items() if name in samples)
    )
