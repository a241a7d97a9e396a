"""All terms of the glossary by their groups, with a search that answers while it is typed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.shared import glossary
from pages.shared.assets import read, script
from pages.shared.i18n import _

_component = st.components.v2.component(
    "casebook_term_list",
    html='<div class="cb-glossary"><input type="search"><nav></nav><p class="cb-glossary-none"></p><div></div></div>',
    css=read(__file__, "list.css"),
    js=script(__file__, "list.js"),
)


def show(*, key: str, chosen: str, on_picked: Callable[[], None]) -> None:
    """Draw the list; `chosen` is marked, and `on_picked` finds the term in `session.told(key, "picked")`."""
    by_group = [
        {"name": group, "title": title, "terms": [_entry(term) for term in glossary.terms().values()
                                                  if term.group == group]}
        for group, title in glossary.groups().items()
    ]  # fmt: skip
    words = {"search": _("Search the terms"), "none": _("No term has these words."), "groups": _("Groups")}
    _component(key=key, data={"groups": by_group, "chosen": chosen, "words": words}, on_picked_change=on_picked)


def _entry(term: glossary.Term) -> dict[str, str]:
    return {"id": term.id, "name": term.said.name, "text": term.said.text, "link": glossary.link(term.id),
            "find": glossary.searched(term)}  # fmt: skip
