"""What readers predicted in a lesson, what came, and what they answered to its question."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, Row, insert, select, update

from runs.store.database import engine
from runs.store.tables import lesson_answers


@dataclass(frozen=True)
class LessonAnswer:
    """One time that a lesson was taken: `run`, its run; `data`, what the data set is called; `predicted` and `answered`
    are ids in the file of the lesson, `answered` that of the first answer; `came`: whether the expected effect did."""

    run: str
    owner: str
    lesson: str
    data: str
    predicted: str
    came: int | None
    answered: str | None
    created: float


def predict(owner: str, run: str, lesson: str, data: str, predicted: str) -> None:
    """Keep what was predicted before the run of a lesson."""
    row = dict(run=run, owner=owner, lesson=lesson, data=data[:255], predicted=predicted, created=time.time())
    with engine().begin() as db:
        db.execute(insert(lesson_answers).values(row))


def note(owner: str, run: str, *, came: bool) -> None:
    """Keep whether the expected effect came."""
    with engine().begin() as db:
        db.execute(update(lesson_answers).where(_mine(owner, run)).values(came=int(came)))


def answer(owner: str, run: str, answered: str) -> None:
    """Keep the first answer; later ones change nothing, for the explanation was read."""
    first = _mine(owner, run) & lesson_answers.c.answered.is_(None)
    with engine().begin() as db:
        db.execute(update(lesson_answers).where(first).values(answered=answered))


def of_run(owner: str, run: str) -> LessonAnswer | None:
    with engine().connect() as db:
        row = db.execute(select(lesson_answers).where(_mine(owner, run))).first()
    return _of_row(row) if row else None


def of_owner(owner: str) -> list[LessonAnswer]:
    """The newest first."""
    wanted = select(lesson_answers).where(lesson_answers.c.owner == owner)
    with engine().connect() as db:
        return [_of_row(row) for row in db.execute(wanted.order_by(lesson_answers.c.created.desc()))]


def of_lessons(lessons: Collection[str]) -> list[LessonAnswer]:
    """Those of everybody, the oldest first; for the host alone, who asks has seen to that."""
    wanted = select(lesson_answers).where(lesson_answers.c.lesson.in_(lessons))
    with engine().connect() as db:
        return [_of_row(row) for row in db.execute(wanted.order_by(lesson_answers.c.created))]


def _of_row(row: Row) -> LessonAnswer:
    return LessonAnswer(**{field.name: row._mapping[field.name] for field in fields(LessonAnswer)})


def _mine(owner: str, run: str) -> ColumnElement[bool]:
    return (lesson_answers.c.owner == owner) & (lesson_answers.c.run == run)
