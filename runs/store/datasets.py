"""What lies in the folders of data sets, for those who have them; their rows are in `runs.store.dataset_rows`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyarrow import parquet

import cases
from cases import tasks
from cases.dataset import FACTS, Dataset
from cases.versions import chain
from runs import paths
from runs.store import dataset_rows, folders, records
from runs.store.dataset_rows import DatasetRow
from runs.store.records import Run


def cache_of(owner: str, identity: str) -> Path:
    """Where pixels and features of a data set are kept: once for all of a sample, which everyone has, so that a class
    computes them once; of all others for their owner alone."""
    row = dataset_rows.by_id(identity, owner)
    return paths.cache() if row and row.sample else paths.cache_of(owner)


def folder(identity: str) -> Path:
    """See `folders.dataset`."""
    return folders.dataset(identity)


def opened(row: DatasetRow, edits: Mapping[int, str | None] | None = None) -> Dataset | None:
    """The data set under the name it has now; None where its files are missing or cannot be read, or its
    tables are damaged."""
    usable = is_whole(row.id, row.case) and has_its_tables(row.id)
    return Dataset.open(folder(row.id), edits).called(row.name) if usable else None


def edits_of(run: Run) -> dict[int, str | None]:
    """The corrections that the run learnt with: sample → label, None where it was left out."""
    return {int(row): label for row, label in run.edits.items()}


def of_run(run: Run) -> Dataset | None:
    """The data as the run saw them; None where their owner has them no more."""
    if not is_there(str(run.dataset), run.owner):
        return None
    return tasks.seen(cases.get(run.case), Dataset.open(folder(str(run.dataset)), edits_of(run)), run.settings)


def is_there(identity: str, owner: str) -> bool:
    """Whether this owner has it, and its tables are there as they were saved. What another has of the same content is
    kept in the same folder, of which nobody else learns."""
    if dataset_rows.by_id(identity, owner) is None:
        return False
    try:
        return (folder(identity) / "facts.json").exists() and has_its_tables(identity)
    except ValueError:  # what is noted of them is damaged itself
        return False


def is_whole(identity: str, case: str) -> bool:
    """Whether what is in its folder was read by this case and is all there."""
    lying = folder(identity)
    try:
        dataset = Dataset.open(lying)
        return dataset.case == case and dataset.is_whole
    except (OSError, ValueError, KeyError, TypeError):
        return False


def has_its_tables(identity: str) -> bool:
    """See `Dataset.has_its_tables`; of a folder that is whole."""
    return Dataset.open(folder(identity)).has_its_tables


def is_undamaged(identity: str) -> bool:
    """Whether all that was kept in a folder that is whole is as it was saved."""
    dataset = Dataset.open(folder(identity))
    return all(dataset.is_intact(path.name) for path in dataset.folder.iterdir() if path.is_file())


def is_current(dataset: Dataset) -> bool:
    """Whether it was read as files are read today."""
    return dataset.reader == cases.get(dataset.case).reader


def settings_before(owner: str, dataset: Dataset) -> Mapping[str, Any]:
    """Those of the newest run on the version that the data grew from, else on the one before that; {} where none is."""
    earlier = [one.digest for one in chain(dataset)][1:]
    done = records.run_list(owner, case=dataset.case, most=1000) if earlier else []
    return next((run.settings for digest in earlier for run in done if run.dataset == digest), {})


def common(owner: str, one: str, other: str) -> Dataset | None:
    """The newest version whose items two data sets share, under the same rows; None where they share none, or the
    owner has neither any more."""
    mine, theirs = _chain(owner, one), _chain(owner, other)
    shared = next((digest for digest in mine if digest in theirs), None)
    return None if shared is None else mine[shared] or theirs[shared]


def asked_about(dataset: Dataset) -> int:
    """How many there are of what a model of the data is tested on: users where there are any, else samples."""
    users = dataset.folder / "users.parquet"
    return parquet.read_metadata(users if users.exists() else dataset.folder / "samples.parquet").num_rows


def _chain(owner: str, identity: str) -> dict[str, Dataset | None]:
    """The data set and those that it grew from, the newest first; of one that was deleted nothing but its name."""
    if dataset_rows.by_id(identity, owner) is None or not (folder(identity) / FACTS).exists():
        return {identity: None}
    return {dataset.digest: dataset for dataset in chain(Dataset.open(folder(identity)))}
