"""Runs as a list of cards that open them."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from pages.components import relabeled_note, thumbnail
from pages.shared import owner, vocabulary
from pages.shared.i18n import _
from pages.shared.text import bold, plain
from runs.store import dataset_rows, records
from runs.store.records import Run

COLORS = {"queued": "gray", "running": "blue", "done": "green", "failed": "red", "stopped": "yellow"}


def show(runs: list[Run]) -> None:
    if not runs:
        st.caption(_("Nothing has run yet. Open a case study and start with the sample data."))
    for run in runs:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"run_card_{run.id}"):
            _card(run)


def earlier(case: Case) -> None:
    """The newest runs of one case, where there are any."""
    if runs := records.run_list(owner.current(), case=case.name, most=3):
        st.subheader(_("Latest runs"), anchor=False)
        show(runs)


def link(run: Run, called: str = "") -> None:
    """The name alone, or what it is `called` here: a link does not wrap, and a phone would cut off what comes after."""
    st.page_link(f"{run.case}.py", label=f"**{plain(called or run.name)}**", query_params={"run": run.id})


def _card(run: Run) -> None:
    """The data as a picture, what was trained on them, and how it stands."""
    data = dataset_rows.by_id(str(run.dataset), run.owner)
    thumbnail.show(data.id if data else "", run.case)
    with st.container(gap=None):
        link(run)
        told = [vocabulary.case(run.case), *map(plain, vocabulary.what(run)), vocabulary.when(run.created)]
        st.caption(" · ".join(told))
        relabeled_note.show(run)
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        if run.result:
            metric = vocabulary.measured(run, vocabulary.task_of(run).metric)
            st.markdown(f":small[{metric}] {bold(vocabulary.headline(run))}", width="content")
        st.badge(vocabulary.status(run), color=COLORS[run.status])
