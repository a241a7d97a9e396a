"""Evaluate: how good the model is on the test part, in plain words, and everything behind that figure."""

from __future__ import annotations

import streamlit as st

from pages.parts import owner, waiting, words
from pages.parts.evaluating import edited, mending, of_classes, of_items, of_texts, state
from pages.parts.evaluating.kind import Kind
from pages.parts.language import _
from pages.parts.training import RESULT
from runs import store
from runs.store import Run

KINDS: dict[str, Kind] = {"classes": of_classes, "texts": of_texts, "items": of_items}  # by what a task's targets are


def kind_of(run: Run) -> Kind:
    return KINDS[words.task_of(run).targets]


def show(run: Run) -> None:
    keeping = store.latest("keep", run.id, owner.current()) if run.status == "stopped" and not run.result else None
    if keeping and not keeping.ended_already:
        st.header(_("5 · Evaluate"), anchor=False)
        waiting.show(keeping, _("What was learnt until the stop is evaluated and packed."))
    if not run.result:
        return
    st.header(_("5 · Evaluate"), anchor=RESULT)
    state.begin(run)
    kind = kind_of(run)
    kind.headline(run)
    edited.show(run)
    viewed = kind.open_for(run)
    if viewed is None:
        kind.figures(run)
        return
    mending.show(viewed)
    st.session_state["edits_drawn"] = viewed.dataset.edits
    place = st.container()
    if kind.wait(run, _seen(kind)):
        with place:
            _switch(run, kind)
    else:
        st.fragment(_views)(run)


def _views(run: Run) -> None:
    """A fragment: a click in it runs nothing else of the page."""
    kind = kind_of(run)
    viewed, seen = kind.open_for(run), _switch(run, kind)
    if viewed.dataset.edits != st.session_state["edits_drawn"]:
        st.rerun()  # what else the page says of the data changes with them
    kind.show(viewed, seen)
    kind.opened(run)


def _seen(kind: Kind) -> str:
    asked, names = state.get("see"), list(kind.views())
    return asked if asked in names else names[0]


def _switch(run: Run, kind: Kind) -> str:
    """Which view; the address says it, the control follows and changes it."""
    key, names = f"see_{run.id}", kind.views()
    st.session_state[key] = _seen(kind)
    return st.segmented_control(
        _("View"), list(names), format_func=names.get, key=key, required=True, wrap=True,
        label_visibility="collapsed", on_change=lambda: state.put("see", st.session_state[key]),
    )  # fmt: skip
