"""The terms of a step on one quiet line; a tap tells what one means, and leads on to the glossary."""

from __future__ import annotations

import streamlit as st

from pages.shared import glossary
from pages.shared.assets import read
from pages.shared.i18n import _

_component = st.components.v2.component(
    "casebook_terms",
    html='<div class="cb-terms"><p class="cb-terms-line"></p><p class="cb-terms-told" role="status"></p></div>',
    css=read(__file__, "terms.css"),
    js=read(__file__, "terms.js"),
)


def show(number: int, case: str, task_type: str) -> None:
    """Draw the line of a step, from 1 on; nothing where it has no terms.

    Args:
        case, task_type: by their names; terms of others are left out.
    """
    if found := glossary.of_step(number, case, task_type):
        terms = [{"name": term.said.name, "text": term.said.text, "link": glossary.link(term.id),
                  "formula": glossary.formula(term.id)} for term in found]  # fmt: skip
        words = {"here": _("Terms here"), "more": _("In the glossary")}
        _component(key=f"terms_{number}_{case}", data={"terms": terms, "words": words})
