"""Some items of the test part, to be tried by who has nothing at hand."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cases.dataset import Dataset
from runs import files, outcomes
from runs.store import Run

MOST = 12
SHORT = 200  # characters of a text that is read at a glance
QUICK = 10.0  # seconds of a recording that is soon heard


def rows(run: Run) -> dict[int, str]:
    """Row of the run's data set → its label: of every class in turn, short ones first, the same ones each time; none
    where they are gone."""
    outcome, folder = outcomes.of(run), files.datasets() / str(run.dataset)
    if outcome is None or not (folder / "facts.json").exists():
        return {}
    test = outcome.of("test").items
    if long := _long(folder):
        test = test.iloc[test["id"].isin(long).argsort(kind="stable")]
    turn = test.groupby("label").cumcount()  # first, second, … of its class
    some = test.assign(turn=turn).sort_values(["turn", "label"]).head(MOST)
    return {int(row): outcome.classes[label] for row, label in zip(some["id"], some["label"], strict=True)}


@lru_cache(maxsize=32)
def _long(folder: Path) -> frozenset[int]:
    """Rows of the data set, which never changes, that hold long texts or recordings."""
    samples = Dataset.open(folder).as_read
    longest = {"characters": SHORT, "seconds": QUICK}
    return frozenset().union(
        *(samples.index[samples[name] > most] for name, most in longest.items() if name in samples)
    )
