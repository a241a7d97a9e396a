"""How much of the test part was changed by hand before a run was measured on it, and since."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from cases import class_renames, splits
from cases.dataset import Dataset
from runs import paths
from runs.results import paired_runs, predictions
from runs.store import datasets, edits
from runs.store.records import Run

AS_PREDICTED = "as_predicted"  # of the changed labels, those that are now what the model predicts


def of(run: Run) -> Mapping[str, int]:
    """As one part of `cases.splits.edited`, and `AS_PREDICTED`; empty where nothing was changed, or the run has no
    result."""
    if not run.result:
        return {}
    found = run.result["edits"].get("test", {}) if "edits" in run.result else _of_an_older_run(run)
    if not found or AS_PREDICTED in found:
        return found
    answers = paired_runs.tested(run)
    return {**found, AS_PREDICTED: 0 if answers is None else _as_predicted(answers, _corrected(run))}


def counted(edited: Mapping[str, Mapping[str, int]], run: Run, answers: pd.DataFrame) -> dict[str, dict[str, int]]:
    """What a trainer tells as `edited`; of the test part also `AS_PREDICTED`, by its `answers`, where any is so."""
    told = {part: dict(counts) for part, counts in edited.items()}
    if told.get("test", {}).get("relabelled") and (n := _as_predicted(answers.set_index("id"), _corrected(run))):
        told["test"][AS_PREDICTED] = n
    return told


def _corrected(run: Run) -> dict[int, str]:
    """Row → label, of those that had another one when they were read."""
    dataset = datasets.of_run(run)
    if dataset is None:
        return {}
    return {row: label for row, label in datasets.edits_of(run).items()
            if label is not None and row in dataset.came.index and label != str(dataset.came[row])}  # fmt: skip


def since(run: Run) -> Mapping[str, int]:
    """The same of the changes that were made after it was measured."""
    now = edits.current(run.owner, str(run.dataset))
    table = None if now == datasets.edits_of(run) else paired_runs.tested(run)
    if not run.result or table is None or "label" not in table or not datasets.is_there(str(run.dataset), run.owner):
        return {}
    dataset = Dataset.open(paths.datasets() / str(run.dataset), now)
    rows = [row for row in changed(run, dataset) if row in table.index]
    gone = [row for row in rows if dataset.edits.get(row, "") is None]
    told = {row: dataset.edits.get(row, str(dataset.came[row])) for row in rows}
    agreed = _as_predicted(table, told, renamed(run, dataset))
    copies = int(splits.excluded_copies(dataset).loc[gone].sum())
    return {"relabelled": len(rows) - len(gone), "left_out": len(gone), "copies": copies,
            AS_PREDICTED: agreed} if rows else {}  # fmt: skip


def _as_predicted(
    answers: pd.DataFrame, labels: Mapping[int, str | None], names: Mapping[str, str] = MappingProxyType({})
) -> int:
    """How many of these rows, as far as they are of the test part, have the label that the model predicts; `names` as
    `renamed` tells."""
    predicted = answers["predicted"]
    return sum(names.get(predicted[row], predicted[row]) == label for row, label in labels.items()
               if label is not None and row in predicted.index)  # fmt: skip


def changed(run: Run, dataset: Dataset) -> set[int]:
    """The rows whose label is another than the run learnt or was measured by, or that were excluded since."""
    then, came, names = datasets.edits_of(run), dataset.as_read["label"], _known_as(run, dataset)
    touched = [row for row in then.keys() | dataset.edits.keys() if row in came.index]
    learnt = {row: then.get(row, names.get(came[row], came[row])) for row in touched}
    since = class_renames.translation(names, dataset.renamed)
    return {row for row, label in learnt.items()
            if since.get(label, label) != dataset.edits.get(row, dataset.came[row])}  # fmt: skip


def renamed(run: Run, dataset: Dataset) -> dict[str, str]:
    """Class as the run knows it → its name now, of those that were renamed since."""
    return class_renames.translation(_known_as(run, dataset), dataset.renamed)


def _known_as(run: Run, dataset: Dataset) -> dict[str, str]:
    """Class as it was read → as the run knows it, of those that were renamed before the run."""
    classes = dataset.classes_as_read if dataset.task_type.has_classes else ()
    return class_renames.found(classes, datasets.edits_of(run))


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
