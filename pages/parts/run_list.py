"""Runs as a list whose lines open them."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from pages.parts import owner, words
from pages.parts.charts import plain
from pages.parts.language import _
from runs import store
from runs.store import Run

COLORS = {"queued": "gray", "running": "blue", "done": "green", "failed": "red", "stopped": "orange"}


def show(runs: list[Run]) -> None:
    if not runs:
        st.caption(_("Nothing has run yet. Open a case study and start with the sample data."))
    for run in runs:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.page_link(f"{run.case}.py", label=f"**{plain(words.title(run))}**", query_params={"run": run.id})
            st.badge(words.status(run), color=COLORS[run.status])
            st.caption(_summary(run))


def earlier(case: Case) -> None:
    """The newest runs of one case, where there are any."""
    if runs := store.run_list(owner.current(), case=case.name, most=3):
        st.subheader(_("Latest runs"), anchor=False)
        show(runs)


def _summary(run: Run) -> str:
    if not run.result:
        return words.when(run.created)
    name, accuracy = _("Accuracy"), run.result["test"]["accuracy"]["value"]
    return f"{name} {accuracy:.1%} · {words.when(run.created)}"
