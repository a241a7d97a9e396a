"""A person leaves: suspended, removed with all their data, or removed after it was handed over to another."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Table, delete, select, update

from models.errors import N_, InputError
from runs import paths
from runs.identity.people import Person
from runs.identity.tables import invitations, people, sessions
from runs.limits import storage
from runs.store import dataset_deletion, lifecycle
from runs.store.database import engine
from runs.store.tables import (
    confirmed_labels,
    datasets,
    edits,
    kept_settings,
    lesson_answers,
    limits,
    notices,
    preferences,
    runs,
    shares,
    uploads,
    webhooks,
)

_OWNED: tuple[Table, ...] = (uploads, runs, shares)
_OWN: tuple[Table, ...] = (kept_settings, lesson_answers, preferences, webhooks, notices)  # of use to nobody else


def suspend(person: Person) -> None:
    """Nobody can work as this person until it is undone; runs at work go on, sessions end.

    Raises:
        InputError: it is the last host.
    """
    _refuse_last_host(person)
    with engine().begin() as db:
        db.execute(update(people).where(people.c.id == person.id).values(suspended=time.time()))
        db.execute(update(sessions).where(sessions.c.person == person.id).values(expires=0.0))


def let_back(person: Person) -> None:
    with engine().begin() as db:
        db.execute(update(people).where(people.c.id == person.id).values(suspended=None))


def hand_over(person: Person, to: Person) -> None:
    """All that `person` has belongs to `to`; of data that both have, the edits of `to` stay."""
    with engine().begin() as db:
        theirs = select(datasets.c.id).where(datasets.c.owner == to.id)
        both = [row.id for row in db.execute(select(datasets.c.id).where(
            datasets.c.owner == person.id, datasets.c.id.in_(theirs)))]  # fmt: skip
        for table, column in ((datasets, datasets.c.id), (edits, edits.c.dataset),
                              (confirmed_labels, confirmed_labels.c.dataset)):  # fmt: skip
            db.execute(delete(table).where(table.c.owner == person.id, column.in_(both)))
            db.execute(update(table).where(table.c.owner == person.id).values(owner=to.id))
        for table in _OWN:
            db.execute(delete(table).where(table.c.owner == person.id))
        for table in _OWNED:
            db.execute(update(table).where(table.c.owner == person.id).values(owner=to.id))
    paths.forget_person(person.id)
    storage.forget(person.id)
    storage.forget(to.id)


def remove(person: Person) -> None:
    """The account and all its data: runs at work are stopped and deleted by their agent, links no longer work.

    Raises:
        InputError: it is the last host.
    """
    _refuse_last_host(person)
    suspend(person)
    for run in _runs_of(person):
        lifecycle.discard(run, person.id)
    with engine().connect() as db:
        kept = list(db.execute(select(datasets.c.id).where(datasets.c.owner == person.id)).scalars())
    for one in kept:
        dataset_deletion.remove(person.id, one, at_work=True)
    with engine().begin() as db:
        for table in (shares, uploads, edits, confirmed_labels, *_OWN):
            db.execute(delete(table).where(table.c.owner == person.id))
    paths.forget_person(person.id)
    forget(person)


def forget(person: Person) -> None:
    """The account alone; what it owned stays without anybody who can open it, unless it was handed over."""
    _refuse_last_host(person)
    with engine().begin() as db:
        db.execute(delete(sessions).where(sessions.c.person == person.id))
        db.execute(delete(invitations).where(invitations.c.by == person.id))
        db.execute(delete(limits).where(limits.c.person == person.id))
        db.execute(delete(people).where(people.c.id == person.id))
    storage.forget(person.id)


def make_host(person: Person, host: bool) -> None:
    """
    Raises:
        InputError: it is the last host.
    """
    if not host:
        _refuse_last_host(person)
    with engine().begin() as db:
        db.execute(update(people).where(people.c.id == person.id).values(host=int(host)))


def _runs_of(person: Person) -> Sequence[str]:
    with engine().connect() as db:
        return list(db.execute(select(runs.c.id).where(runs.c.owner == person.id)).scalars())


def _refuse_last_host(person: Person) -> None:
    others = select(people.c.id).where(people.c.host == 1, people.c.suspended.is_(None), people.c.id != person.id)
    with engine().connect() as db:
        if person.host and db.execute(others.limit(1)).first() is None:
            raise InputError(
                found=N_("“{name}” is the only host."),
                expected=N_("Somebody has to look after this server."),
                remedy=N_("Make somebody else a host first."),
                name=person.name,
            )
