"""Runs as a list whose lines open them."""

from __future__ import annotations

import streamlit as st

from pages.parts import words
from pages.parts.language import _
from runs.store import Run

COLORS = {"queued": "gray", "running": "blue", "done": "green", "failed": "red", "stopped": "orange"}


def show(runs: list[Run]) -> None:
    if not runs:
        st.caption(_("Nothing has run yet. Open a case study and start with the sample data."))
    for run in runs:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.page_link(f"{run.case}.py", label=f"**{words.title(run)}**", query_params={"run": run.id})
            st.badge(words.status(run), color=COLORS[run.status])
            st.caption(_summary(run))


def _summary(run: Run) -> str:
    if not run.result:
        return words.when(run.created)
    accuracy = run.result["test"]["accuracy"]["value"]
    return f"{_('Accuracy')} {accuracy:.1%} · {words.when(run.created)}"
