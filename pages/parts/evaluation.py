"""Evaluate: how good the model is on the test part, in plain words, and everything behind that figure."""

from __future__ import annotations

import streamlit as st

from pages.parts import owner, waiting
from pages.parts.evaluating import browsing, certainty, classes, item_map, mending, mistakes, overview, state
from pages.parts.language import _
from pages.parts.training import RESULT
from runs import store
from runs.store import Run

VIEWS = ("overview", "classes", "mistakes", "certainty", "map")


def show(run: Run) -> None:
    keeping = store.latest("keep", run.id, owner.current()) if run.status == "stopped" and not run.result else None
    if keeping and not keeping.ended_already:
        st.header(_("5 · Evaluate"), anchor=False)
        waiting.show(keeping, _("The best so far is evaluated and packed."))
    if not run.result:
        return
    st.header(_("5 · Evaluate"), anchor=RESULT)
    state.begin(run)
    overview.headline(run)
    viewed = browsing.open_for(run)
    if viewed is None:
        overview.figures(run, None)
        return
    mending.show(viewed)
    st.session_state["edits_drawn"] = viewed.dataset.edits
    if _seen() == "map" and not item_map.is_drawn(run):  # waiting runs by a timer, which no fragment may hold
        _switch(run)
        item_map.draw(run)
    else:
        st.fragment(_views)(run)


def _views(run: Run) -> None:
    """A fragment: a click in it runs nothing else of the page."""
    viewed, seen = browsing.open_for(run), _switch(run)
    if viewed.dataset.edits != st.session_state["edits_drawn"]:
        st.rerun()  # what else the page says of the data changes with them
    if seen == "overview":
        overview.show(viewed)
    elif seen == "classes":
        classes.show(viewed)
    elif seen == "mistakes":
        mistakes.show(viewed)
    elif seen == "certainty":
        certainty.show(viewed)
    elif item_map.is_drawn(run):
        item_map.show(viewed)
    else:
        st.rerun()
    browsing.opened(run)


def _seen() -> str:
    asked = state.get("see")
    return asked if asked in VIEWS else VIEWS[0]


def _switch(run: Run) -> str:
    """Which view; the address says it, the control follows and changes it."""
    key = f"see_{run.id}"
    names = {
        "overview": _("Overview"), "classes": _("Classes"), "mistakes": _("Mistakes"), "certainty": _("Certainty"),
        "map": _("Map"),
    }  # fmt: skip
    st.session_state[key] = _seen()
    return st.segmented_control(
        _("View"), VIEWS, format_func=names.get, key=key, required=True, wrap=True, label_visibility="collapsed",
        on_change=lambda: state.put("see", st.session_state[key]),
    )  # fmt: skip
