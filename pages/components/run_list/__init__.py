"""Runs as a list whose lines open them."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from pages.components import relabeled_note
from pages.shared import owner, vocabulary
from pages.shared.i18n import _
from pages.shared.text import plain
from runs.store import records
from runs.store.records import Run

COLORS = {"queued": "gray", "running": "blue", "done": "green", "failed": "red", "stopped": "yellow"}


def show(runs: list[Run]) -> None:
    if not runs:
        st.caption(_("Nothing has run yet. Open a case study and start with the sample data."))
    for run in runs:
        with st.container(border=True, gap="xsmall"):
            link(run)
            about(run)


def earlier(case: Case) -> None:
    """The newest runs of one case, where there are any."""
    if runs := records.run_list(owner.current(), case=case.name, most=3):
        st.subheader(_("Latest runs"), anchor=False)
        show(runs)


def link(run: Run, called: str = "") -> None:
    """The name alone, or what it is `called` here: a link does not wrap, and a phone would cut off what comes after."""
    st.page_link(f"{run.case}.py", label=f"**{plain(called or run.name)}**", query_params={"run": run.id})


def about(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(vocabulary.status(run), color=COLORS[run.status])
        st.caption(" · ".join([*map(plain, vocabulary.what(run)), *_result(run), vocabulary.when(run.created)]))
    relabeled_note.show(run)


def _result(run: Run) -> list[str]:
    if not run.result:
        return []
    metric = vocabulary.task_of(run).metric
    return [f"{vocabulary.metric(metric)} {vocabulary.figure(metric, run.result['test'][metric]['value'])}"]
