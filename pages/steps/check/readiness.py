"""The gate: whether the data is ready to train on, and if not what is missing and how to mend it."""

from __future__ import annotations

import streamlit as st

from cases.dataset import Dataset
from cases.ingest.tables import LABELS
from pages import task_types
from pages.shared import i18n, owner
from pages.shared.i18n import _, count, listed
from pages.shared.text import plain
from pages.steps.check import findings
from pages.steps.data import import_progress, table_columns
from pages.task_types.data_report import DataReport, Weak
from runs.store import edits
from runs.uploads import originals


def show(checked: DataReport) -> bool:
    """Say it; True when it can be trained on. It is ready where nothing was found that makes the result untrue."""
    view = task_types.of(checked.dataset).check
    if problem := view.problem(checked):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(i18n.of(problem), icon=":material/block:")
            if checked.dataset.edits:
                st.button(_("Undo all changes"), key="gate_undo", icon=":material/undo:", on_click=edits.undo_all,
                          args=(owner.current(), checked.dataset.digest))  # fmt: skip
        _other_labels(checked.dataset)
        return False
    found, weak = findings.lines(checked), view.weak(checked)
    serious = [line for line in found if line.serious]
    for line in serious:
        with st.container(gap="xsmall"):
            st.warning(findings.told(line), icon=":material/warning:")
            findings.buttons(checked, line, place="gate_")
    if weak:
        _other_labels(checked.dataset)
    for one in weak:
        _weak(checked, one)
    counted = view.counted(checked)
    if serious or weak:
        st.markdown(_("Ready, with the warnings above: {counted}", counted=counted))
    else:
        st.success(_("Ready: {counted}", counted=counted), icon=":material/check_circle:")
    for line in found:
        if line.worth:
            with st.container(gap="xsmall"):
                findings.brief(checked, line, place="gate_")
    findings.show_fixed(checked)
    for note in view.notes(checked):
        st.caption(note)
    return True


def _other_labels(dataset: Dataset) -> None:
    """Offer to read the label column differently if its cells look like amounts or lists of labels. That gives fewer,
    larger classes, so that none has to be excluded."""
    note = next((one for one in dataset.notes if one.get("columns", {}).get(LABELS)), None)
    if note is None or not originals.are_there(owner.current(), dataset.digest):
        return
    with st.container(gap="xsmall"):
        st.info(table_columns.sentence(note["message"], note["args"]), icon=":material/lightbulb:")
        st.button(_(note["refusal"]), key="gate_labels", icon=":material/refresh:", 
                  on_click=import_progress.import_again, args=(dataset.digest, note["columns"]))  # fmt: skip


def _weak(checked: DataReport, weak: Weak) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(weak.told, icon=":material/warning:")
        if len(checked.counts) - len(weak.labels) < 2:
            return  # no two classes would be left
        st.button(count("Exclude {n} class", "Exclude {n} classes", len(weak.labels)), key=f"gate_{weak.name}",
                  icon=":material/block:", on_click=_leave_out, args=(checked, weak.labels),
                  help=listed(plain(str(label)) for label in weak.labels))  # fmt: skip


def _leave_out(checked: DataReport, labels: list[str]) -> None:
    rows = checked.kept.index[checked.kept["label"].isin(labels)]
    edits.add_all(owner.current(), checked.dataset.digest, dict.fromkeys(rows))
