"""Data sets that were brought before: go on with one, rename it, or delete it."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from pages.components import thumbnail
from pages.shared import owner, vocabulary
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.steps.data import dataset_versions, deletion, name
from runs.store import dataset_rows, datasets, edits
from runs.store.dataset_rows import DatasetRow

SHOWN, MOST = 3, 40


def show(case: Case) -> None:
    rows = dataset_rows.newest(owner.current(), case.name)
    if not rows:
        return
    st.subheader(_("Recent data sets"), anchor=False)
    for row, versions in rows[:SHOWN]:
        _line(row, versions)
    if older := rows[SHOWN:MOST]:
        with st.expander(_("Older data sets ({n})", n=len(older))):
            for row, versions in older:
                _line(row, versions)


def _line(row: DatasetRow, versions: int) -> None:
    dataset = datasets.opened(row, edits.current(owner.current(), row.id))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        thumbnail.show(row.id, row.case)
        st.button(f"**{plain(row.name)}**", key=f"open_{row.id}", type="tertiary", on_click=dataset_versions.open_,
                  args=(row.id,))  # fmt: skip
        name.change(row, "known")
        told = dataset_versions.amount(dataset) if dataset else [_("unreadable")]
        several = [_("{n} versions", n=versions)] if versions > 1 else []
        st.caption(" · ".join([*told, *several, vocabulary.when(row.created)]))
        st.space("stretch")
        deletion.button(row, dataset_rows.versions(owner.current(), row.lineage) if versions > 1 else [row])
