"""Rows of data sets: their names, and their versions, which share a lineage. Every question names the owner."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from runs.store.database import engine
from runs.store.tables import datasets


@dataclass(frozen=True)
class DatasetRow:
    """`lineage` is the same for all versions of one data set: the id of the first; see `add_version`.
    `content`: the same for the same files, whatever they are called."""

    id: str
    owner: str
    case: str
    name: str
    sample: int
    created: float
    lineage: str
    version: int
    content: str


def add(
    owner: str, identity: str, case: str, name: str, *, sample: bool, lineage: str | None = None, version: int = 1,
    content: str | None = None,
) -> bool:  # fmt: skip
    """Whether it was added; nothing changes when the owner has the same content already."""
    if by_id(identity, owner) is not None:
        return False
    row = dict(id=identity, owner=owner, case=case, name=name[:255], sample=int(sample), created=time.time(),
               lineage=lineage or identity, version=version, content=content or identity)  # fmt: skip
    with engine().begin() as db:
        db.execute(insert(datasets).values(row))
    return True


def add_version(
    owner: str, identity: str, case: str, name: str, after: str | None, *, content: str | None = None,
    sample: bool = False,
) -> bool:  # fmt: skip
    """Add what was read as the next version of the data set `after`, under its name, or as the first of its own; False
    where the owner has the same content already. `sample`: it comes with Casebook, and as it comes."""
    before = by_id(after, owner) if after else None
    if before is None:
        return add(owner, identity, case, name, sample=sample, content=content)
    last = versions(owner, before.lineage)[-1]
    return add(owner, identity, case, last.name, sample=False, lineage=last.lineage, version=last.version + 1,
               content=content)  # fmt: skip


def by_id(identity: str, owner: str) -> DatasetRow | None:
    with engine().connect() as db:
        row = db.execute(select(datasets).where(datasets.c.id == identity, datasets.c.owner == owner)).first()
    return DatasetRow(**row._mapping) if row else None


def of_case(owner: str, case: str) -> list[DatasetRow]:
    """All versions of all data sets, the newest first."""
    wanted = select(datasets).where(datasets.c.owner == owner, datasets.c.case == case)
    with engine().connect() as db:
        return [DatasetRow(**r._mapping) for r in db.execute(wanted.order_by(datasets.c.created.desc()))]


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
