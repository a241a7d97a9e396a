"""What the host allows everyone, or one person: storage, the size of a file, runs at once, hours of computing a day."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, Row, case, delete, func, insert, select

from models.errors import N_, InputError
from runs.kinds import in_lane
from runs.language import size as written
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


def suggested(persons: int, free: int, slots: int) -> Allowance:
    """For a class of so many: four fifths of the `free` bytes shared out, a file of at most half of one share, and
    eight hours on each of the slots for trainings shared out."""
    half = GB // 2
    storage = max(half, min(20 * GB, free * 4 // 5 // max(1, persons) // half * half))
    hours = max(0.25, min(8.0, round(8 * max(1, slots) / max(1, persons) * 4) / 4))
    return Allowance(storage=storage, upload=max(half, storage // 2 // half * half), at_once=2, hours=hours)


def reserve(person: str, upload: str, told: int | None) -> int:
    """Take the room for a file before its first byte, so that many at once do not pass the limit together. What is
    taken is given back by `storage.release`, or becomes the file's own once it has arrived.

    Args:
        upload: the id of the file.
        told: its bytes as the browser says; None where it does not, and then all that is left is taken.

    Returns:
        Bytes that it may have.

    Raises:
        InputError: the file is larger than allowed, or does not fit beside what there is.
    """
    allowed = of(person)
    if allowed.upload is not None and (told or 0) > allowed.upload:
        raise _too_large(told or 0, allowed.upload)
    if allowed.storage is None:
        return sys.maxsize if allowed.upload is None else allowed.upload
    with storage.arriving:
        size = largest(person) if told is None else told
        storage.reserve(person, upload, size)
        used = storage.used(person) - size  # with what others have reserved meanwhile
        if used + size > allowed.storage:
            storage.release(upload)
            raise _no_room(used, allowed.storage, size)
    return size


def refuse(person: str, size: int) -> InputError:
    """Why a file that did not tell its size, and has so many bytes at least, does not fit."""
    allowed = of(person)
    if allowed.upload is not None and size > allowed.upload:
        return _too_large(size, allowed.upload)
    return _no_room(storage.used(person), allowed.storage or 0, size)


def _too_large(size: int, most: int) -> InputError:
    return InputError(
        found=N_("The file has {size}."),
        expected=N_("The host allows {most} for a file."),
        remedy=N_("Upload less at once, or ask the host."),
        size=written(size), most=written(most),
    )  # fmt: skip


def _no_room(used: int, most: int, size: int) -> InputError:
    return InputError(
        found=N_("You use {used} of {most}, and the file has {size}."),
        expected=N_("All your data and runs fit into what the host allows."),
        remedy=N_("Delete runs or data sets that you no longer need, or ask the host."),
        used=written(used), most=written(most), size=written(size),
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
            found=N_("You use {used} of {most}."),
            expected=N_("A run needs room for its model."),
            remedy=N_("Delete runs or data sets that you no longer need, or ask the host."),
            used=written(used), most=written(allowed.storage),
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
