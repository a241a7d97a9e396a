"""Lessons: their list by chapter; one of them at its address, `?lesson=…`; a run of it with `&run=…`."""

from __future__ import annotations

import streamlit as st

from models.errors import InputError
from pages.shared import address, glossary, i18n, owner, polling, session
from pages.shared.i18n import _, count, labelled
from pages.shared.lesson_words import link, prose, said
from pages.shared.text import plain
from pages.steps.data import import_progress
from pages.steps.lesson import data_choice, figure, outcome, question
from runs.lessons import files
from runs.lessons.files import Lesson
from runs.store import lesson_answers, records
from runs.store.lesson_answers import LessonAnswer
from runs.store.records import Run

EVERY = 0.5  # seconds after which a figure is drawn again while it grows
PREDICTED = "predicted"  # of the address, while a sample is read


def catalogue() -> None:
    """Every lesson under its chapter, with what the reader has done of it."""
    st.title(_("Lessons"), anchor=False)
    st.markdown(_("Each shows one idea of the book on real data: predict, run, see, and one question. A lesson takes "
                  "less than three minutes."))  # fmt: skip
    done = {one.lesson: one for one in reversed(lesson_answers.of_owner(owner.current()))}
    for chapter, told in glossary.book().items():
        some = [lesson for lesson in files.lessons().values() if lesson.chapter == chapter]
        if some:
            st.subheader(glossary.chapter_title(told), anchor=False)
            for lesson in some:
                _entry(lesson, done.get(lesson.id))
    _clear_away()


def _entry(lesson: Lesson, known: LessonAnswer | None) -> None:
    icon = ":material/check_circle:" if known and known.answered else ":material/science:"
    with st.container(gap=None):
        st.page_link("lessons.py", label=said(lesson.title), query_params={"lesson": lesson.id}, icon=icon,
                     width="content")  # fmt: skip
        st.caption(glossary.linked(lesson.terms))


def _clear_away() -> None:
    """The runs of all lessons in one go; what was predicted and answered stays."""
    there = records.run_list(owner.current(), kind="lesson", most=1000)
    if not there:
        return
    label = count("Delete {n} run of a lesson", "Delete {n} runs of lessons", len(there))
    if st.button(label, key="lessons_clear", icon=":material/delete:", type="tertiary"):
        for run in there:
            records.discard(run.id, owner.current())
        st.rerun()


def opened(lesson: Lesson) -> None:
    """One lesson: the idea, and then as far as the reader is."""
    st.page_link("lessons.py", label=_("All lessons"), icon=":material/arrow_back:", width="content")
    st.title(said(lesson.title), anchor=False)
    st.caption(f"{glossary.chapter_title(glossary.book()[lesson.chapter])} · {glossary.linked(lesson.terms)}")
    st.markdown(prose(lesson, "idea"))
    reading = import_progress.followed()
    run = _run(lesson)
    if reading is not None and import_progress.is_going_on(reading):
        import_progress.show(reading)
    elif reading is not None:
        _after_reading(lesson, reading)
    elif run is not None:
        _followed(run, lesson)
    else:
        _predict(lesson)


def _run(lesson: Lesson) -> Run | None:
    """That which the address names, where it is one of this lesson."""
    asked = st.query_params.get("run")
    run = records.run(asked, owner.current()) if asked else None
    return run if run and run.kind == "lesson" and run.settings.get("lesson") == lesson.id else None


def _predict(lesson: Lesson) -> None:
    st.subheader(_("Predict"), anchor=False)
    options = {one.id: one for one in lesson.choices}
    key = f"lesson_predicted_{lesson.id}"
    st.radio(said(lesson.predict), list(options), format_func=lambda one: said(options[one].text), index=None, key=key)
    predicted = session.among(key, options)
    chosen = data_choice.show(lesson)
    if chosen is None:
        st.info(_("Nothing here suits this lesson yet. Import data with classes first."), icon=":material/info:")
        return
    first = None if predicted else _("Predict first: what you expect is compared with what comes.")
    pressed = st.button(_("Run the lesson"), key=f"lesson_run_{lesson.id}", type="primary", help=first,
                        disabled=predicted is None, icon=":material/play_arrow:")  # fmt: skip
    if pressed and predicted:
        _start(lesson, chosen, predicted)


def _start(lesson: Lesson, chosen: data_choice.DataChoice, predicted: str) -> None:
    if chosen.sample:
        if reading := import_progress.queue_sample(chosen.case, chosen.sample):
            address.change(read=reading, **{PREDICTED: predicted})
            st.rerun()
        return
    address.change(run=data_choice.begin(lesson, chosen, predicted), read=None, **{PREDICTED: None})
    st.rerun()


def _after_reading(lesson: Lesson, reading: Run) -> None:
    """A sample was read: the lesson begins with what was predicted before."""
    predicted = lesson.choice(st.query_params.get(PREDICTED, ""))
    if reading.status == "done" and predicted:
        _start(lesson, data_choice.of_reading(reading), predicted.id)
    if reading.error:
        st.error(i18n.of(InputError.from_json(reading.error)), icon=":material/error:")
    address.change(read=None)
    _predict(lesson)


def _followed(run: Run, lesson: Lesson) -> None:
    known = lesson_answers.of_run(owner.current(), run.id)
    st.caption(labelled(_("Data"), plain(run.name)))
    if not run.ended_already:
        st.fragment(_growing, run_every=EVERY)(run.id, lesson)
        polling.show(run, _("Computing feature vectors"), {"lesson": _("Training")})
        polling.stop(run)
        return
    if run.status == "done":
        figure.show(run, lesson)
        outcome.show(run, lesson, known)
        if known:
            question.show(lesson, known)
    elif run.error:
        st.error(i18n.of(InputError.from_json(run.error)), icon=":material/error:")
    else:
        st.info(_("This run was stopped."), icon=":material/info:")
    _again(run, lesson)


def _growing(identity: str, lesson: Lesson) -> None:
    if run := records.run(identity, owner.current()):
        figure.show(run, lesson)


def _again(run: Run, lesson: Lesson) -> None:
    with st.container(horizontal=True):
        if st.button(_("Try it again"), key=f"lesson_again_{run.id}", icon=":material/replay:"):
            address.change(run=None)
            st.rerun()
        if st.button(_("Delete this run"), key=f"lesson_delete_{run.id}", icon=":material/delete:", type="tertiary"):
            records.discard(run.id, owner.current())
            address.change(run=None)
            st.rerun()
    ahead = [one for one in files.lessons().values() if one.order > lesson.order]
    if ahead:
        st.markdown(f"{_('Next lesson')}: [{said(ahead[0].title)}]({link(ahead[0].id)})")


asked = files.lessons().get(st.query_params.get("lesson", ""))
if asked:
    opened(asked)
else:
    if "lesson" in st.query_params:
        st.warning(_("There is no such lesson."))
    catalogue()
