"""Data that have to be read again: their files are missing or cannot be read, or Casebook has learnt to read better."""

from __future__ import annotations

import streamlit as st

from cases.dataset import Dataset
from pages.shared import owner
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.steps.data import deletion, import_progress
from runs.store import datasets
from runs.store.dataset_rows import DatasetRow
from runs.uploads import originals


def unreadable(row: DatasetRow) -> bool:
    """Both ways out: read again, from what is kept or was brought once more, or deleted; whether it is kept."""
    with st.container(border=True):
        st.warning(_("“{name}” cannot be opened: some of its files are missing or damaged on the server.",
                     name=plain(row.name)), icon=":material/warning:")  # fmt: skip
        kept = originals.are_there(row.owner, row.id)
        st.markdown(_("Your uploaded files are still here.") if kept
                    else _("Upload the same files again below, or delete this data set."))  # fmt: skip
        with st.container(horizontal=True):
            if kept:
                _again(row.id)
            deletion.button(row, [row], key="broken")
    return kept


def offer(dataset: Dataset) -> None:
    """For data that an earlier version of Casebook has read; nothing for others."""
    if datasets.is_current(dataset):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(_("An earlier version of Casebook imported this data; importing has improved since."))
        if originals.are_there(owner.current(), dataset.digest):
            _again(dataset.digest)
        else:
            st.caption(_("Upload the same files to import them again. Trained models stay unchanged."))


def _again(dataset: str) -> None:
    st.button(_("Import again"), key=f"again_{dataset}", type="primary", icon=":material/refresh:",
              on_click=import_progress.import_again, args=(dataset,))  # fmt: skip
