"""The gate: whether the data is ready to train on, and if not what is missing and how to mend it."""

from __future__ import annotations

import streamlit as st

from pages.parts import language, owner
from pages.parts.checking import findings
from pages.parts.checking.facts import Checked, Weak
from pages.parts.checking.kinds import kind_of
from pages.parts.language import _
from runs import edits


def show(checked: Checked) -> bool:
    """Say it; True when it can be trained on. It is ready where nothing was found that makes the result untrue."""
    kind = kind_of(checked)
    if problem := kind.problem(checked):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(language.of(problem), icon=":material/block:")
            if checked.dataset.edits:
                st.button(_("Take back all changes"), key="gate_undo", icon=":material/undo:", on_click=edits.undo_all,
                          args=(owner.current(), checked.dataset.digest))  # fmt: skip
        return False
    serious, weak = [line for line in findings.lines(checked) if line.serious], kind.weak(checked)
    for line in serious:
        with st.container(gap="xsmall"):
            st.warning(findings.told(line), icon=":material/warning:")
            findings.buttons(checked, line, place="gate_")
    for one in weak:
        _weak(checked, one)
    counted = kind.counted(checked)
    if serious or weak:
        st.markdown(_("You can train on this, but look at the warnings above first: {counted}", counted=counted))
    else:
        st.success(_("Ready: {counted}", counted=counted), icon=":material/check_circle:")
    for note in kind.notes(checked):
        st.caption(note)
    return True


def _weak(checked: Checked, weak: Weak) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(weak.told, icon=":material/warning:")
        st.button(_("Leave them out"), key=f"gate_{weak.name}", icon=":material/block:", on_click=_leave_out,
                  args=(checked, weak.labels))  # fmt: skip


def _leave_out(checked: Checked, labels: list[str]) -> None:
    rows = checked.kept.index[checked.kept["label"].isin(labels)]
    edits.add_all(owner.current(), checked.dataset.digest, dict.fromkeys(rows))
