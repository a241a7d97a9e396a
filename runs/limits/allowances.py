"""What the host allows everyone, or one person: storage, the size of a file, runs at once, hours of computing a day."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, Row, case, delete, func, insert, select

from models.errors import N_, InputError
from runs.kinds import in_lane
from runs.limits import storage
from runs.store.database import engine
from runs.store.tables import limits, runs

EVERYONE = ""
GB = 10**9
_DAY = 24 * 3600.0


@dataclass(frozen=True)
class Allowance:
    """None: no limit. `storage` and `upload` are bytes, `hours` of computing are in a day; waiting runs are `at_once`,
    too."""

    storage: int | None = None
    upload: int | None = None
    at_once: int | None = None
    hours: float | None = None


def said(person: str) -> Allowance:
    """What was said for this person alone, or for `EVERYONE`."""
    with engine().connect() as db:
        return _of_row(db.execute(select(limits).where(limits.c.person == person)).first())


def _of_row(row: Row | None) -> Allowance:
    return Allowance(*(getattr(row, field.name) for field in fields(Allowance))) if row else Allowance()


def of(person: str) -> Allowance:
    """What holds for this person: where nothing was said for them alone, what holds for everyone."""
    with engine().connect() as db:
        found = {row.person: row for row in db.execute(select(limits).where(limits.c.person.in_((person, EVERYONE))))}
    own, common = (_of_row(found.get(name)) for name in (person, EVERYONE))
    pairs = [(getattr(own, field.name), getattr(common, field.name)) for field in fields(Allowance)]
    return Allowance(*(usual if alone is None else alone for alone, usual in pairs))


def allow(person: str, allowance: Allowance) -> None:
    """In place of what was said before."""
    values = {field.name: getattr(allowance, field.name) for field in fields(Allowance)}
    with engine().begin() as db:
        db.execute(delete(limits).where(limits.c.person == person))
        db.execute(insert(limits).values(person=person, **values))


def check_upload(person: str, size: int) -> None:
    """Before the first byte of `size` is taken.

    Raises:
        InputError: the file is larger than allowed, or would not fit beside what there is.
    """
    allowed = of(person)
    if allowed.upload is not None and size > allowed.upload:
        raise InputError(
            found=N_("The file has {size:.1f} GB."),
            expected=N_("The host allows {most:.1f} GB for a file."),
            remedy=N_("Upload less at once, or ask the host."),
            size=size / GB, most=allowed.upload / GB,
        )  # fmt: skip
    if allowed.storage is not None and (used := storage.used(person)) + size > allowed.storage:
        raise InputError(
            found=N_("You use {used:.1f} of {most:.1f} GB, and the file has {size:.1f} GB."),
            expected=N_("All your data and runs fit into what the host allows."),
            remedy=N_("Delete runs or data sets that you no longer need, or ask the host."),
            used=used / GB, most=allowed.storage / GB, size=size / GB,
        )  # fmt: skip


def largest(person: str) -> int:
    """Bytes of a file that are allowed; that a disk is full, it says itself."""
    free, allowed = room(person), of(person)
    return min((most for most in (free, allowed.upload) if most is not None), default=sys.maxsize)


def room(person: str) -> int | None:
    """Bytes that still fit into the storage; None where it has no limit."""
    most = of(person).storage
    return None if most is None else max(0, most - storage.used(person))


def at_work(person: str) -> list[str]:
    """The ids of the trainings that wait or work, the newest last."""
    mine = (runs.c.owner == person) & _trainings()
    working = runs.c.status.in_(("queued", "running"))
    with engine().connect() as db:
        return list(db.execute(select(runs.c.id).where(mine, working).order_by(runs.c.created)).scalars())


def check_start(person: str) -> None:
    """Before a training is queued.

    Raises:
        InputError: too many wait or work already, or the hours of the day or the storage are used up.
    """
    allowed = of(person)
    if allowed.at_once is not None and (now := len(at_work(person))) >= allowed.at_once:
        raise InputError(
            found=N_("You already have {n} run waiting or running.")
            if now == 1
            else N_("You already have {n} runs waiting or running."),
            expected=N_("The host allows {most} at a time."),
            remedy=N_("Wait until one has ended, or stop one."),
            n=now, most=allowed.at_once,
        )  # fmt: skip
    if allowed.hours is not None and (taken := hours_today(person)) >= allowed.hours:
        raise InputError(
            found=N_("Your runs have taken {taken:.1f} hours of computing in the last day."),
            expected=N_("The host allows {most:.1f}."),
            remedy=N_("Try again tomorrow, or ask the host."),
            taken=taken, most=allowed.hours,
        )  # fmt: skip
    if allowed.storage is not None and (used := storage.used(person)) >= allowed.storage:
        raise InputError(
            found=N_("You use {used:.1f} of {most:.1f} GB."),
            expected=N_("A run needs room for its model."),
            remedy=N_("Delete runs or data sets that you no longer need, or ask the host."),
            used=used / GB, most=allowed.storage / GB,
        )  # fmt: skip


def hours_today(person: str) -> float:
    """That trainings of this person have taken in the last day."""
    now = time.time()
    began = case((runs.c.started > now - _DAY, runs.c.started), else_=now - _DAY)
    ended = func.coalesce(runs.c.ended, now)
    mine = (runs.c.owner == person) & _trainings() & runs.c.started.is_not(None)
    wanted = select(func.sum(ended - began)).where(mine, ended > now - _DAY, runs.c.status != "queued")
    with engine().connect() as db:
        return (db.execute(wanted).scalar() or 0.0) / 3600


def _trainings() -> ColumnElement[bool]:
    """Those that take a slot: what one began itself works within it."""
    return runs.c.kind.in_(in_lane("training")) & runs.c.parent.is_(None)
