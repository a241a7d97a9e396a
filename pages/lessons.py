"""Lessons: their list by chapter; one of them at its address, `?lesson=…`; a run of it with `&run=…`; a teacher's
course with `?course=…`, also beside a lesson."""

from __future__ import annotations

import streamlit as st

import cases
from models.errors import InputError
from pages.shared import address, glossary, i18n, owner, polling, presses, session
from pages.shared.i18n import _, count, labelled
from pages.shared.layout import abreast, scroll_to
from pages.shared.lesson_words import prose, said
from pages.shared.presses import Press
from pages.shared.text import plain, small
from pages.steps.data import import_progress
from pages.steps.lesson import course, data_choice, figure, outcome, plane_figure, question
from runs.lessons import courses, files
from runs.lessons.courses import Course
from runs.lessons.files import Lesson
from runs.store import lesson_answers, lifecycle, records
from runs.store.records import Run

EVERY = 0.5  # seconds after which a figure is drawn again while it grows
PREDICTED = "predicted"  # of the address, while a sample is read


def catalogue() -> None:
    """Every lesson under its chapter, with what the reader has done of it."""
    st.title(_("Lessons"), anchor=False)
    st.markdown(_("Each shows one idea of the book, on a sample or your own data: predict, run, see, one question. It "
                  "takes a few minutes at most; the first one on new data also computes their features."))  # fmt: skip
    _of_teachers()
    done = {one.lesson for one in lesson_answers.of_owner(owner.current()) if one.answered}
    for chapter, told in glossary.book().items():
        if some := _of_chapter(chapter):
            st.subheader(glossary.chapter_title(told), anchor=False)
            for place, lesson in abreast(some, 2):
                with place:
                    _entry(lesson, done=lesson.id in done)
    _clear_away()


def _of_chapter(chapter: str) -> list[Lesson]:
    return [lesson for lesson in files.lessons().values() if lesson.chapter == chapter]


def _after(lesson: Lesson) -> str | None:
    """The id of the next in the list; None of the last."""
    listed = [one.id for chapter in glossary.book() for one in _of_chapter(chapter)]
    return next(iter(listed[listed.index(lesson.id) + 1 :]), None)


def _of_teachers() -> None:
    if some := courses.courses():
        st.subheader(_("Courses"), anchor=False)
        for one in some.values():
            st.page_link("lessons.py", label=courses.said(one.title, i18n.current()), icon=":material/school:",
                         query_params=course.kept(one), width="content")  # fmt: skip


def _entry(lesson: Lesson, *, done: bool) -> None:
    icon = ":material/check_circle:" if done else ":material/science:"
    with st.container(gap=None):
        st.page_link("lessons.py", label=said(lesson.title), query_params={"lesson": lesson.id}, icon=icon,
                     width="content")  # fmt: skip
        st.markdown(small(said(lesson.summary)))
        longer = [_length(lesson)] if lesson.minutes else []
        st.caption(" · ".join([_(cases.get(lesson.sample).title), *longer, glossary.linked(lesson.terms)]))


def _length(lesson: Lesson) -> str:
    return count("about {n} minute", "about {n} minutes", lesson.minutes)


def _clear_away() -> None:
    """The runs of all lessons in one go; what was predicted and answered stays."""
    there = records.run_list(owner.current(), kind="lesson", most=1000)
    if not there:
        return
    label = count("Delete {n} run of a lesson", "Delete {n} runs of lessons", len(there))
    st.button(label, key="lessons_clear", icon=":material/delete:", type="tertiary", on_click=_discard, args=(there,))


def _discard(there: list[Run]) -> None:
    person = owner.current()
    for run in there:
        lifecycle.discard(run.id, person)


def opened(lesson: Lesson, within: Course | None) -> None:
    """One lesson: the idea, and then as far as the reader is; `within` a course without what its teacher hides."""
    back = courses.said(within.title, i18n.current()) if within else _("All lessons")
    st.page_link("lessons.py", label=back, icon=":material/arrow_back:", width="content",
                 query_params=course.kept(within))  # fmt: skip
    st.title(said(lesson.title), anchor=False)
    st.caption(f"{glossary.chapter_title(glossary.book()[lesson.chapter])} · {glossary.linked(lesson.terms)}")
    if _shows(within, "idea"):
        st.markdown(prose(lesson, "idea"))
    reading = import_progress.followed()
    run = _run(lesson)
    if reading is not None and import_progress.is_going_on(reading):
        import_progress.show(reading)
    elif reading is not None:
        _after_reading(lesson, reading, within)
    elif run is not None:
        _followed(run, lesson, within)
    else:
        _predict(lesson, within)


def _shows(within: Course | None, part: str) -> bool:
    return within is None or within.shows(part)


def _run(lesson: Lesson) -> Run | None:
    """That which the address names, where it is one of this lesson."""
    asked = st.query_params.get("run")
    run = records.run(asked, owner.current()) if asked else None
    return run if run and run.kind == "lesson" and run.settings.get("lesson") == lesson.id else None


def _earlier(lesson: Lesson, within: Course | None) -> None:
    """The way to what the reader saw when the lesson was taken last."""
    taken = [one.run for one in lesson_answers.of_owner(owner.current()) if one.lesson == lesson.id]
    there = next((run for run in (records.run(one, owner.current()) for one in taken) if run and run.result), None)
    if there:
        st.page_link("lessons.py", label=_("Your last result"), icon=":material/history:", width="content",
                     query_params={"lesson": lesson.id, "run": there.id, **course.kept(within)})  # fmt: skip


def _predict(lesson: Lesson, within: Course | None) -> None:
    _earlier(lesson, within)
    st.subheader(_("Predict"), anchor=False)
    options = {one.id: one for one in lesson.choices}
    key = f"lesson_predicted_{lesson.id}"
    st.radio(said(lesson.predict), list(options), format_func=lambda one: said(options[one].text), index=None, key=key)
    predicted = session.among(key, options)
    chosen = data_choice.show(lesson, within.case if within else "")
    if chosen is None:
        st.info(_(lesson.kind.unfit), icon=":material/info:")
        return
    if lesson.minutes:
        told = _("This lesson trains whole networks and takes longer than others: {time} on two processor cores.",
                 time=_length(lesson))  # fmt: skip
        st.caption(told, help=_("Points appear as their trainings go on. You can stop at any time."))
    first = None if predicted else _("Predict first: what you expect is compared with what comes.")
    pressed = f"lesson_run_{lesson.id}"
    st.button(_("Run the lesson"), key=pressed, type="primary", disabled=predicted is None,
              icon=":material/play_arrow:", on_click=presses.note, args=(pressed,))  # fmt: skip
    if first:
        st.caption(first)
    if (press := presses.of(pressed)) and predicted:
        _start(lesson, chosen, predicted, press)


def _start(lesson: Lesson, chosen: data_choice.DataChoice, predicted: str, press: Press) -> None:
    if chosen.sample:
        press.made = press.made or import_progress.queue_sample(chosen.case, chosen.sample)
        press.over = press.made is None
        if press.over:
            return
        address.change(read=press.made, **{PREDICTED: predicted})
    else:
        press.made = press.made or data_choice.begin(lesson, chosen, predicted)
        address.change(run=press.made, read=None, **{PREDICTED: None})
    press.over = True
    st.rerun()


def _after_reading(lesson: Lesson, reading: Run, within: Course | None) -> None:
    """A sample was read: the lesson begins with what was predicted before."""
    predicted = lesson.choice(st.query_params.get(PREDICTED, ""))
    if reading.status == "done" and predicted:
        begun = presses.again(f"lesson_read_{reading.id}")
        _start(lesson, data_choice.of_reading(reading), predicted.id, begun)
    if reading.error:
        st.error(i18n.of(InputError.from_json(reading.error)), icon=":material/error:")
    address.change(read=None)
    _predict(lesson, within)


def _followed(run: Run, lesson: Lesson, within: Course | None) -> None:
    known = lesson_answers.of_run(owner.current(), run.id)
    guess = lesson.choice(known.predicted) if known else None
    st.caption(labelled(_("Data"), plain(run.name)))
    if not run.ended_already:
        if guess:
            st.markdown(said(lesson.predict))
            st.markdown(labelled(_("You predicted"), plain(said(guess.text))))
        st.fragment(_growing, run_every=EVERY)(run.id, lesson)
        polling.show(run, _(lesson.kind.ready), {"lesson": _(lesson.kind.arm)})
        polling.stop(run)
        return
    if run.status == "done":
        figure.show(run, lesson)
        plane_figure.show(run, lesson)
        outcome.show(run, lesson, known, numbers=_shows(within, "numbers"), explained=_shows(within, "explanation"))
        if known and _shows(within, "question"):
            question.show(lesson, known, explained=_shows(within, "explanation"))
    elif run.error:
        st.error(i18n.of(InputError.from_json(run.error)), icon=":material/error:")
    else:
        st.info(_("This run was stopped."), icon=":material/info:")
    _again(run, lesson, within)


def _growing(identity: str, lesson: Lesson) -> None:
    if run := records.run(identity, owner.current()):
        figure.show(run, lesson)


def _again(run: Run, lesson: Lesson, within: Course | None) -> None:
    with st.container(horizontal=True):
        st.button(_("Try it again"), key=f"lesson_again_{run.id}", icon=":material/replay:",
                  on_click=lambda: address.change(run=None))  # fmt: skip
        st.button(_("Delete this run"), key=f"lesson_delete_{run.id}", icon=":material/delete:", type="tertiary",
                  on_click=_delete, args=(run,))  # fmt: skip
    if ahead := within.after(lesson.id) if within else _after(lesson):
        label = labelled(_("Next lesson"), said(files.lessons()[ahead].title))
        st.page_link("lessons.py", label=label, icon=":material/arrow_forward:", width="content",
                     query_params={"lesson": ahead, **course.kept(within)})  # fmt: skip


def _delete(run: Run) -> None:
    lifecycle.discard(run.id, owner.current())
    address.change(run=None)


address.follow("lesson", course.ADDRESS)
scroll_to(st.query_params.get("lesson", "") or "all", key="lessons_top")
asked, beside = files.lessons().get(st.query_params.get("lesson", "")), course.asked()
if asked:
    opened(asked, beside if beside and asked.id in beside.lessons else None)
elif beside and "lesson" not in st.query_params:
    course.show(beside)
else:
    if "lesson" in st.query_params:
        st.warning(_("There is no such lesson."))
    catalogue()
