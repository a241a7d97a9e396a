"""What a person changed about the data, the newest first, and how to take it back."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.shared import owner, selection, vocabulary
from pages.shared.i18n import _, labelled, listed
from pages.shared.text import plain
from pages.task_types.data_report import DataReport
from runs.store import edits
from runs.store.edits import Edit

MOST = 200


def show(checked: DataReport) -> None:
    history = edits.history(owner.current(), checked.dataset.digest)
    if not history:
        st.markdown(_("No changes yet. Open an example to correct its label or exclude it. Your files stay "
                      "unchanged."))  # fmt: skip
        return
    changed = {*rows(checked)}
    _undo(checked, seen=bool(changed))
    st.caption(_("Each run uses the changes made before it started."))
    if names := checked.dataset.renamed:
        told = listed(f"{plain(old)} → {plain(new)}" for old, new in names.items())
        st.caption(labelled(_("Renamed classes"), told))
    if changed:
        _table(checked, [edit for edit in history if edit.sample in changed])


def _undo(checked: DataReport, *, seen: bool) -> None:
    """`seen`: whether there are examples to look at."""
    who, digest = owner.current(), checked.dataset.digest
    with st.container(horizontal=True):
        st.button(_("Undo last change"), key="undo_last", icon=":material/undo:", on_click=edits.undo,
                  args=(who, digest))  # fmt: skip
        st.button(_("Undo all changes"), key="undo_all", icon=":material/restart_alt:", on_click=edits.undo_all,
                  args=(who, digest))  # fmt: skip
        if seen:
            st.button(_("Show changed examples"), key="show_changed", icon=":material/visibility:",
                      on_click=selection.choose, args=("changed", "all"))  # fmt: skip


def _table(checked: DataReport, history: list[Edit]) -> None:
    read = checked.dataset.as_read
    table = pd.DataFrame([
        {"name": vocabulary.item(read["name"].get(edit.sample, "")), "came": read["label"].get(edit.sample),
         "now": _("excluded") if edit.label is None else edit.label}
        for edit in history[: -MOST - 1 : -1]
    ])  # fmt: skip
    st.dataframe(table, hide_index=True, column_config={
        "name": _("Name"), "came": _("Original label"), "now": _("New label"),
    })  # fmt: skip
    if len(history) > MOST:
        st.caption(_("Showing the latest {n} of {total:,}.", n=MOST, total=len(history)))


def rows(checked: DataReport) -> list[int]:
    """Those that are left out or have another label than they came with; not those whose class was renamed."""
    edited, came = checked.dataset.edits, checked.dataset.came
    return sorted(row for row, label in edited.items() if row in came.index and label != came[row])
