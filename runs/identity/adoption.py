"""What was made while nobody logged in belongs to `LOCAL`; the first host can take it over."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Table, func, select, update

from runs import paths
from runs.identity.login import LOCAL
from runs.identity.people import Person
from runs.store.database import engine
from runs.store.tables import confirmed_labels, datasets, edits, kept_settings, lesson_answers, runs, shares, uploads

_OWNED: tuple[Table, ...] = (
    uploads, datasets, runs, edits, confirmed_labels, kept_settings, lesson_answers, shares
)  # fmt: skip


def waiting() -> int:
    """How many data sets and runs belong to nobody who can log in."""
    with engine().connect() as db:
        counts = [db.execute(select(func.count()).select_from(one).where(one.c.owner == LOCAL)).scalar_one()
                  for one in (datasets, runs)]  # fmt: skip
    return sum(counts)


def adopt(person: Person) -> None:
    """Give all of it to `person`, in one transaction; links go on."""
    with engine().begin() as db:
        theirs_alone = (datasets.c.owner == LOCAL) & (datasets.c.sample == 0)
        taken = list(db.execute(select(datasets.c.id).where(theirs_alone)).scalars())
        for table in _OWNED:
            db.execute(update(table).where(table.c.owner == LOCAL).values(owner=person.id))
    for kept in (kept for dataset in taken for kept in paths.cache().glob(f"*/{dataset}")):
        theirs = paths.cache_of(person.id) / kept.parent.name
        theirs.mkdir(exist_ok=True)
        with suppress(OSError):  # it is made again where it is missing
            kept.rename(theirs / kept.name)
