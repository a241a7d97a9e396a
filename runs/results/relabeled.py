"""How much of the test part was changed by hand before a run was measured on it."""

from __future__ import annotations

from collections.abc import Mapping

from cases.dataset import Dataset
from runs import paths
from runs.results import predictions
from runs.store import datasets
from runs.store.records import Run


def of(run: Run) -> Mapping[str, int]:
    """As one part of `cases.splits.edited`; empty where nothing was changed, or the run has no result."""
    if not run.result:
        return {}
    if "edits" in run.result:
        return run.result["edits"].get("test", {})
    return _of_an_older_run(run)


def _of_an_older_run(run: Run) -> Mapping[str, int]:
    """Changed labels only, from the items it was tested on; nothing where these or its data are gone."""
    outcome, folder = predictions.of(run), paths.datasets() / str(run.dataset)
    changed = {row: label for row, label in datasets.edits_of(run).items() if label is not None}
    if not changed or outcome is None or not datasets.is_there(str(run.dataset), run.owner):
        return {}
    came = Dataset.open(folder).as_read["label"]
    tested = set(outcome.of("test").rows.tolist())
    n = sum(row in tested and came.get(row) != label for row, label in changed.items())
    return {"relabelled": n, "left_out": 0} if n else {}
