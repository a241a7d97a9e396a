"""The terms of a step on one quiet line; a tap tells what one means, and leads on to the glossary."""

from __future__ import annotations

import streamlit as st

from pages.shared import glossary
from pages.shared.assets import read, script
from pages.shared.i18n import _
from pages.shared.lesson_words import link, said
from runs.lessons import files

_component = st.components.v2.component(
    "casebook_terms",
    html='<div class="cb-terms"><p class="cb-terms-line"></p><p class="cb-terms-told" role="status"></p></div>',
    css=read(__file__, "terms.css"),
    js=script(__file__, "terms.js"),
)


def show(number: int, case: str, task_type: str) -> None:
    """Draw the line of a step, from 1 on; nothing where it has no terms.

    Args:
        case, task_type: by their names; terms of others are left out.
    """
    if found := glossary.of_step(number, case, task_type):
        terms = [{"name": term.said.name, "text": term.said.text, "link": glossary.link(term.id),
                  "formula": glossary.formula(term.id), "lessons": _lessons(term.id, case, task_type)}
                 for term in found]  # fmt: skip
        words = {"here": _("Terms here"), "more": _("In the glossary"), "lesson": _("Lesson:")}
        _component(key=f"terms_{number}_{case}", data={"terms": terms, "words": words})


def _lessons(term: str, case: str, task_type: str) -> list[dict[str, str]]:
    """The first lesson that shows the term; on the run at hand, where there is one."""
    run = st.query_params.get("run", "")
    some = [lesson for lesson in files.of_term(term) if lesson.suits(case, task_type)][:1]
    return [{"name": said(lesson.title), "address": link(lesson.id, run)} for lesson in some]
