"""A course on its page: the teacher's text, its lessons in their order, and for the host what everyone answered."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from pages.shared import i18n, owner
from pages.shared.i18n import _
from pages.shared.lesson_words import said, unbroken
from pages.shared.text import small
from pages.steps.check import rejected
from runs.identity import people
from runs.lessons import courses, files
from runs.lessons.courses import Course
from runs.lessons.files import Lesson
from runs.store import lesson_answers
from runs.store.lesson_answers import LessonAnswer

ADDRESS = "course"  # of the address


def asked() -> Course | None:
    """The course that the address names."""
    return courses.courses().get(st.query_params.get(ADDRESS, ""))


def kept(course: Course | None) -> dict[str, str]:
    """What an address needs so that it stays in the course."""
    return {ADDRESS: course.id} if course else {}


def show(course: Course) -> None:
    """The course from its beginning."""
    st.page_link("lessons.py", label=_("All lessons"), icon=":material/arrow_back:", width="content", query_params={})
    st.title(courses.said(course.title, i18n.current()), anchor=False)
    st.markdown(unbroken(courses.said(course.text, i18n.current())))
    done = {one.lesson for one in lesson_answers.of_owner(owner.current()) if one.answered}
    for number, identity in enumerate(course.lessons, 1):
        lesson = files.lessons()[identity]
        icon = ":material/check_circle:" if identity in done else ":material/science:"
        with st.container(gap=None):
            st.page_link("lessons.py", label=f"{number} · {said(lesson.title)}", icon=icon, width="content",
                         query_params={"lesson": identity, **kept(course)})  # fmt: skip
            st.markdown(small(said(lesson.summary)))
    _collected(course)


def _collected(course: Course) -> None:
    """For who looks after the others: all predictions and answers as a table."""
    person = owner.person()
    if person is None or not person.host:
        return
    table = answers(course)
    st.subheader(_("Answers of everyone"), anchor=False)
    told = rejected.as_csv(table.astype(object).fillna(""))
    st.download_button(
        _("Download as CSV"), told, key=f"course_csv_{course.id}", mime="text/csv",
        file_name=f"{course.id}-answers.csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    st.caption(_("{n:,} lines; one for each time that somebody took a lesson.", n=len(table)))


def answers(course: Course) -> pd.DataFrame:
    """A line for each time that somebody took a lesson of the course, the oldest first; its columns are the same in
    every language, for they are read by programs."""
    names = {person.id: person.name for person in people.everyone()}
    rows = [_line(one, files.lessons()[one.lesson], names[one.owner])
            for one in lesson_answers.of_lessons(course.lessons) if one.owner in names]  # fmt: skip
    return pd.DataFrame(rows, columns=["person", "lesson", "data", "when", "predicted", "effect_came",
                                       "prediction_right", "answered", "answer_right"])  # fmt: skip


def _line(one: LessonAnswer, lesson: Lesson, name: str) -> list[object]:
    came = None if one.came is None else bool(one.came)
    given = lesson.answer(one.answered)
    when = datetime.fromtimestamp(one.created, UTC).isoformat(timespec="seconds")
    return [name, lesson.id, one.data, when, one.predicted, came,
            None if came is None else one.predicted in lesson.right(came=came), one.answered,
            None if given is None else given.right]  # fmt: skip
