"""A data set is deleted: for its owner at once, its files when nobody else has the same content."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from sqlalchemy import delete, select

from models.errors import N_, InputError
from models.progress import QUIET
from models.storage import locks
from runs import paths
from runs.limits import storage
from runs.store import lifecycle, objects, records
from runs.store.database import engine
from runs.store.records import Run
from runs.store.tables import confirmed_labels, datasets, edits, kept_settings, runs


def runs_on(owner: str, dataset: str) -> list[Run]:
    """The owner's fine-tunings with these data, the newest first."""
    return [run for run in records.run_list(owner, most=10_000) if run.dataset == dataset]


def remove_all(owner: str, some: Sequence[str]) -> None:
    """All of these or none; see `remove`."""
    for dataset in some:
        _refuse_at_work(owner, dataset)
    for dataset in some:
        remove(owner, dataset)


def remove(owner: str, dataset: str, *, at_work: bool = False) -> None:
    """Models and figures of its runs stay, but they cannot be resumed any more; profiles, which keep a few of its
    items, go.

    Args:
        at_work: also where something works on it, which then fails.

    Raises:
        InputError: something works on it just now.
    """
    if not at_work:
        _refuse_at_work(owner, dataset)
    for profile in records.run_list(owner, kind="profile", most=10_000):
        if profile.dataset == dataset:
            lifecycle.forget(profile.id)
    with locks.held(paths.lock(dataset), QUIET):  # nobody else brings the same just now
        alone = not _others_have(dataset, owner)
        _forget(owner, dataset)
        if alone:
            objects.forget([objects.of_dataset(dataset)])
            paths.forget_dataset(dataset)
        for folder in paths.cache_of(owner).glob(f"*/{dataset}"):  # pixels and features
            shutil.rmtree(folder, ignore_errors=True)
    storage.forget(owner)


def _others_have(dataset: str, owner: str) -> bool:
    theirs = (datasets.c.id == dataset) & (datasets.c.owner != owner)
    with engine().connect() as db:
        return db.execute(select(datasets.c.id).where(theirs).limit(1)).first() is not None


def _forget(owner: str, dataset: str) -> None:
    mine = (datasets.c.id == dataset) & (datasets.c.owner == owner)
    with engine().begin() as db:
        db.execute(delete(datasets).where(mine))
        for table in (edits, confirmed_labels):
            db.execute(delete(table).where(table.c.dataset == dataset, table.c.owner == owner))
        db.execute(delete(kept_settings).where(kept_settings.c.subject == dataset, kept_settings.c.owner == owner))


def _refuse_at_work(owner: str, dataset: str) -> None:
    if _at_work(owner, dataset):
        raise InputError(
            found=N_("A run is using this data set, or is queued for it."),
            expected=N_("A data set can be deleted when no run needs it."),
            remedy=N_("Stop the run or wait for its end, then delete the data set."),
        )


def _at_work(owner: str, dataset: str) -> bool:
    needed = (runs.c.dataset == dataset) | ((runs.c.kind == "read") & (runs.c.subject == dataset))
    busy = (runs.c.owner == owner) & needed & runs.c.status.in_(("queued", "running"))
    with engine().connect() as db:
        return db.execute(select(runs.c.id).where(busy).limit(1)).first() is not None
