"""What is changed in the table of runs: names, tags, notes; and which runs go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.shared import owner, session
from pages.shared.i18n import _, count
from pages.shared.text import plain
from pages.steps.compare.run_names import told_apart
from runs.store import lifecycle, records
from runs.store.records import Run

DELETING = "runs_deleting"  # in the session: their ids
NAMED = 10  # runs that the question names


def save(sent: Mapping[str, Any]) -> None:
    """Write what the table sent: a `run` with its `name`, `tags` with commas and `note`; anything else changes
    nothing."""
    asked = [sent.get(name) for name in ("run", "name", "tags", "note")]
    if not all(isinstance(value, str) for value in asked):
        return
    run, name, tags, note = asked
    records.rename(run, owner.current(), name)
    records.describe(run, owner.current(), note, re.split("[,，、]", tags))


def begin_deletion(runs: Sequence[Run]) -> None:
    """Run the page once more, which then asks about these."""
    st.session_state[DELETING] = [run.id for run in runs]
    st.rerun()


def ask_about_deletion() -> None:
    """Ask about the runs whose deletion has begun, until there is an answer; nothing where there are none."""
    asked = [records.run(str(identity), owner.current()) for identity in session.held(DELETING, list, [])]
    if runs := [run for run in asked if run]:
        _confirm(runs)


def _confirm(runs: Sequence[Run]) -> None:

    def leave() -> None:
        st.session_state.pop(DELETING, None)
        st.rerun()

    def delete() -> None:
        for run in runs:
            lifecycle.discard(run.id, owner.current())
        leave()

    @st.dialog(count("Delete {n} run?", "Delete {n} runs?", len(runs)), on_dismiss=leave)
    def ask() -> None:
        names = [f"- {plain(told_apart(run))}" for run in runs[:NAMED]]
        if len(runs) > NAMED:
            names.append("- …")
        st.markdown("\n".join(names))
        st.markdown(_("Models, metrics, curves and demo links are deleted permanently. The data remains."))
        with st.container(horizontal=True):
            st.button(_("Delete permanently"), key="runs_really_delete", icon=":material/delete:", on_click=delete)
            st.button(_("Cancel"), key="runs_delete_not", on_click=leave)

    ask()
