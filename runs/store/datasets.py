"""Data sets of a person: their rows, names and versions, and what lies in their folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyarrow import parquet
from sqlalchemy import func, select, update

import cases
from cases.dataset import FACTS, Dataset
from cases.versions import chain
from runs import paths
from runs.store import folders, records
from runs.store.database import engine
from runs.store.records import DatasetRow
from runs.store.tables import datasets


def add_version(
    owner: str, identity: str, case: str, name: str, after: str | None, *, content: str | None = None,
    sample: bool = False,
) -> bool:  # fmt: skip
    """Add what was read as the next version of the data set `after`, under its name, or as the first of its own; False
    where the owner has the same content already. `sample`: it comes with Casebook, and as it comes."""
    before = records.dataset(after, owner) if after else None
    if before is None:
        return records.add_dataset(owner, identity, case, name, sample=sample, content=content)
    last = versions(owner, before.lineage)[-1]
    return records.add_dataset(owner, identity, case, last.name, sample=False, lineage=last.lineage,
                               version=last.version + 1, content=content)  # fmt: skip


def of_content(owner: str, content: str) -> DatasetRow | None:
    """The owner's data set of this content, whatever its files are called; the first where there are several."""
    wanted = select(datasets).where(datasets.c.owner == owner, datasets.c.content == content)
    with engine().connect() as db:
        row = db.execute(wanted.order_by(datasets.c.created).limit(1)).first()
    return DatasetRow(**row._mapping) if row else None


def newest(owner: str, case: str) -> list[tuple[DatasetRow, int]]:
    """The newest version of each data set of a case, with how many versions there are; the newest first."""
    mine = (datasets.c.owner == owner) & (datasets.c.case == case)
    counted = select(datasets.c.lineage, func.max(datasets.c.version).label("version"), func.count().label("many"))
    latest = counted.where(mine).group_by(datasets.c.lineage).subquery()
    same = (datasets.c.lineage == latest.c.lineage) & (datasets.c.version == latest.c.version)
    wanted = select(datasets, latest.c.many).join(latest, same).where(mine).order_by(datasets.c.created.desc())
    with engine().connect() as db:
        return [(DatasetRow(*row[:-1]), row.many) for row in db.execute(wanted)]


def versions(owner: str, lineage: str) -> list[DatasetRow]:
    """All that are there, the first one first."""
    wanted = select(datasets).where(datasets.c.owner == owner, datasets.c.lineage == lineage)
    with engine().connect() as db:
        return [DatasetRow(**row._mapping) for row in db.execute(wanted.order_by(datasets.c.version))]


def cache_of(owner: str, identity: str) -> Path:
    """Where pixels and features of a data set are kept: once for all of a sample, which everyone has, so that a class
    computes them once; of all others for their owner alone."""
    row = records.dataset(identity, owner)
    return paths.cache() if row and row.sample else paths.cache_of(owner)


def all_of(owner: str) -> dict[str, DatasetRow]:
    """All data sets of an owner by their ids."""
    with engine().connect() as db:
        found = db.execute(select(datasets).where(datasets.c.owner == owner))
        return {row.id: DatasetRow(**row._mapping) for row in found}


def rename(owner: str, lineage: str, name: str) -> None:
    """All versions together; a name of nothing but blanks changes nothing."""
    mine = (datasets.c.owner == owner) & (datasets.c.lineage == lineage)
    if name.strip():
        with engine().begin() as db:
            db.execute(update(datasets).where(mine).values(name=" ".join(name.split())[:200]))


def folder(identity: str) -> Path:
    """See `folders.dataset`."""
    return folders.dataset(identity)


def opened(row: DatasetRow, edits: Mapping[int, str | None] | None = None) -> Dataset | None:
    """The data set under the name it has now; None where its files are missing or cannot be read, or its
    tables are damaged."""
    usable = is_whole(row.id, row.case) and has_its_tables(row.id)
    return Dataset.open(folder(row.id), edits).called(row.name) if usable else None


def is_there(identity: str, owner: str) -> bool:
    """Whether this owner has it, and its tables are there as they were saved. What another has of the same content is
    kept in the same folder, of which nobody else learns."""
    if records.dataset(identity, owner) is None:
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
    if records.dataset(identity, owner) is None or not (folder(identity) / FACTS).exists():
        return {identity: None}
    return {dataset.digest: dataset for dataset in chain(Dataset.open(folder(identity)))}
