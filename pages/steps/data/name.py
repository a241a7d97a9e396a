"""The name of a data set, changed where it stands; all its versions go by it."""

from __future__ import annotations

import streamlit as st

from pages.shared import owner, session
from pages.shared.i18n import _
from runs.store import dataset_rows
from runs.store.dataset_rows import DatasetRow


def change(row: DatasetRow, key: str) -> None:
    with st.popover("", icon=":material/edit:", type="tertiary", help=_("Rename")):
        field = f"{key}_name_{row.id}"
        st.text_input(
            _("Data set name"), row.name, max_chars=200, key=field,
            on_change=lambda: dataset_rows.rename(owner.current(), row.lineage, session.held(field, str, row.name)),
        )  # fmt: skip
