"""All runs of a person: found by their case, renamed in place, and chosen to be compared."""

from __future__ import annotations

import streamlit as st

import cases
from pages.components import plot
from pages.components.run_list import about, link
from pages.shared import owner, session, vocabulary
from pages.shared.i18n import _
from pages.shared.text import plain
from runs.store import records
from runs.store.records import Run

PAGE = 20  # runs shown at once; the same number can be compared
MOST = 500


@st.fragment
def show() -> None:
    case = st.segmented_control(
        _("Case study"),
        cases.NAMES,
        format_func=vocabulary.case,
        key="runs_case",
        label_visibility="collapsed",
        wrap=True,
    )  # nothing chosen: all
    runs = records.run_list(owner.current(), case=case, most=MOST)
    if not runs:
        st.caption(_("Nothing has run yet. Open a case study and start with the sample data."))
        return
    shown = runs[: session.held("runs_shown", int, PAGE)]
    _compare(shown)
    for run in shown:
        _row(run)
    plot.prepare("runs_plotly")
    if len(shown) < len(runs):
        more = {"runs_shown": len(shown) + PAGE}
        st.button(_("Show more"), key="runs_more", on_click=st.session_state.update, args=(more,))


def _compare(shown: list[Run]) -> None:
    chosen = [run.id for run in shown if session.held(f"compare_{run.id}", bool)]
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            _("Compare ({n})", n=len(chosen)), key="compare", type="primary", icon=":material/stacked_line_chart:",
            disabled=not 2 <= len(chosen) <= PAGE,
        ):  # fmt: skip
            st.query_params["compare"] = ",".join(chosen)
            st.rerun()
        st.button(
            _("Select all"), key="compare_all", type="tertiary", disabled=len(shown) > PAGE,
            on_click=st.session_state.update, args=({f"compare_{run.id}": True for run in shown},),
        )  # fmt: skip
        if len(chosen) < 2:
            st.caption(_("Select two or more runs to compare curves and results."))
        if len(chosen) > PAGE:
            st.caption(_("At most {n} runs can be compared at once.", n=PAGE))


def _row(run: Run) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.checkbox(
                _("Compare {name}", name=plain(run.name)), key=f"compare_{run.id}", label_visibility="collapsed",
                width="content",
            )  # fmt: skip
            if session.held("renaming", str) == run.id:
                _rename(run)
            else:
                link(run)
                st.space("stretch")
                st.button(
                    _("Rename"), key=f"rename_{run.id}", icon=":material/edit:", type="tertiary",
                    on_click=st.session_state.update, args=({"renaming": run.id},),
                )  # fmt: skip
        about(run)


def _rename(run: Run) -> None:
    def save() -> None:
        records.rename(run.id, owner.current(), session.held(f"name_{run.id}", str, run.name))
        st.session_state.pop("renaming", None)

    st.text_input(
        _("Name"), run.name, key=f"name_{run.id}", max_chars=200, label_visibility="collapsed", on_change=save
    )
    st.button(
        _("Save"), key=f"save_{run.id}", icon=":material/check:", type="tertiary",
        on_click=lambda: st.session_state.pop("renaming", None),
    )  # fmt: skip
