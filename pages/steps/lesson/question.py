"""The one question at the end of a lesson; the first answer is kept, and every answer is explained."""

from __future__ import annotations

import streamlit as st

from pages.shared import owner, session
from pages.shared.i18n import _, labelled
from pages.shared.lesson_words import said
from pages.shared.text import plain
from runs.lessons.files import Lesson
from runs.store import lesson_answers
from runs.store.lesson_answers import LessonAnswer


def show(lesson: Lesson, known: LessonAnswer, *, explained: bool) -> None:
    """Ask it; after the answer, say what is right and why, unless a teacher wants to: then it is only thanked for."""
    st.subheader(_("One question"), anchor=False)
    options = {one.id: one for one in lesson.answers}
    given = lesson.answer(known.answered)
    if given is None:
        key = f"lesson_answer_{known.run}"
        st.radio(said(lesson.question), list(options), format_func=lambda one: said(options[one].text), index=None,
                 key=key)  # fmt: skip
        chosen = session.among(key, options)
        st.button(_("Answer"), key=f"lesson_answer_now_{known.run}", disabled=chosen is None, on_click=_answer,
                  args=(known.run, key, list(options)))  # fmt: skip
        return
    st.markdown(said(lesson.question))
    if not explained:
        st.success(labelled(_("Your answer"), plain(said(given.text))), icon=":material/check:")
        return
    for one in lesson.answers:
        mark = ":material/check_circle:" if one.right else ":material/cancel:" if one is given else ":material/remove:"
        text = plain(said(one.text))
        answer = _("**{text}** (your answer)", text=text) if one is given else f"**{text}**"
        st.markdown(f"{mark} {answer}  \n{said(one.because)}")


def _answer(run: str, key: str, options: list[str]) -> None:
    if chosen := session.among(key, options):
        lesson_answers.answer(owner.current(), run, chosen)
