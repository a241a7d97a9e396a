"""The glossary: every term of the book and of the cases; one of them at its address, `?term=…`."""

from __future__ import annotations

import streamlit as st

import cases
from cases.base import Case
from pages.components import term_figure, term_list
from pages.shared import address, glossary, i18n, owner, session, vocabulary
from pages.shared.glossary import STEPS, Term
from pages.shared.i18n import _, labelled, listed
from pages.shared.layout import scroll_to
from pages.shared.lesson_words import said
from pages.shared.text import bold
from pages.steps import section
from runs.lessons import files
from runs.store import dataset_rows, records
from runs.store.records import Run

LIST = "glossary_list"
LOOKED_AT = 20  # of the newest runs of a case, for one of the right task


def detail(term: Term) -> None:
    """Everything about one term: sentence, formula, figure, book, where it happens, and its relatives."""
    said = term.said
    with st.container(border=True, key="glossary_term"):
        st.subheader(said.name, anchor=False)
        st.caption(" · ".join(_other_names(term)))
        told, drawn = st.columns(2, gap="medium") if term.figure else (st.container(), None)
        with told:
            st.markdown(said.text)
            if term.formula:
                st.latex(term.formula)
            st.caption(labelled(_("In the book"), glossary.place_in_book(term)))
        if drawn:
            with drawn:
                term_figure.show(term.figure, key=f"figure_{term.id}_{i18n.current()}")
        where(term)
        lessons_of(term)
        related(term)


def _other_names(term: Term) -> list[str]:
    others = [words.name for language, words in term.words.items() if language != i18n.current()]
    return list(dict.fromkeys([*filter(None, [term.said.also]), *(one for one in others if one != term.said.name)]))


def where(term: Term) -> None:
    """Links to the step of each case in which the term happens; a reader's newest run is opened there."""
    happening = [(case, numbers) for name in cases.NAMES if (numbers := _steps(term, case := cases.get(name)))]
    if not happening:
        return
    st.markdown(bold(_("Where it happens")))
    places = [(case, numbers, _place(term, case, numbers[0])) for case, numbers in happening]
    with st.container(gap=None):
        for case, numbers, place in places:
            label = _("{case}: step {steps}", case=_(case.title), steps=listed(map(section.title, numbers)))
            st.page_link(f"{case.name}.py", label=label, query_params=place, icon=":material/arrow_forward:",
                         width="content")  # fmt: skip
    if not all(place or numbers[0] == 1 for _case, numbers, place in places):
        st.caption(_("Where you have no data yet, the page opens at step 1. Its sample takes one click."))


def lessons_of(term: Term) -> None:
    """Links to the lessons that show it."""
    some = files.of_term(term.id)
    if not some:
        return
    st.markdown(bold(_("See it happen")))
    with st.container(gap=None):
        for lesson in some:
            st.page_link("lessons.py", label=said(lesson.title), query_params={"lesson": lesson.id},
                         icon=":material/school:", width="content")  # fmt: skip


def related(term: Term) -> None:
    """Links to the terms that it goes with, on this page."""
    if not term.related:
        return
    st.markdown(bold(_("See also")))
    with st.container(horizontal=True, gap="medium"):
        for name in term.related:
            st.page_link("glossary.py", label=glossary.terms()[name].said.name, query_params={"term": name},
                         width="content")  # fmt: skip


def _steps(term: Term, case: Case) -> list[int]:
    """The steps, from 1 on, whose line or fields name it."""
    types = {task.task_type.name for task in case.tasks}
    lines = {STEPS.index(step) + 1 for step in term.steps if any(term.belongs_to(case.name, one) for one in types)}
    return sorted(lines | glossary.in_fields(case, term.id))


def _place(term: Term, case: Case, number: int) -> dict[str, str]:
    """The address of that step: of the newest run that has it, else of the newest data set, else of the page."""
    runs = records.run_list(owner.current(), case=case.name, most=LOOKED_AT)
    if run := next((run for run in runs if _fits(term, run, number)), None):
        return {"run": run.id, "step": str(number), **({"see": term.view} if term.view else {})}
    data = dataset_rows.of_case(owner.current(), case.name)
    return {"data": data[0].id, "step": str(number)} if data else {}


def _fits(term: Term, run: Run, number: int) -> bool:
    return (bool(run.result) or number <= section.TRAIN) and term.belongs_to(
        run.case, vocabulary.task_of(run).task_type.name
    )


address.follow("term")
st.title(_("Glossary"), anchor=False)
asked = glossary.terms().get(st.query_params.get("term", ""))
scroll_to(asked.id if asked else "", key="glossary_top")
if asked:
    detail(asked)
elif "term" in st.query_params:
    st.warning(_("There is no such term."))
else:
    st.markdown(_("The terms of deep learning, each in a sentence. Tap one for its formula, a figure, and where it "
                  "happens in Casebook."))  # fmt: skip
term_list.show(key=LIST, chosen=asked.id if asked else "", on_picked=lambda: address.change(
    term=session.told(LIST, "picked")))  # fmt: skip
