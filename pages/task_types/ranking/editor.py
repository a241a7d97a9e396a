"""How the title of one item is told and changed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cases.dataset import Dataset
from models.errors import N_
from pages.shared.i18n import _
from pages.task_types.base import Editor


def field(dataset: Dataset, row: int, *, key: str, on_change: Callable[[], None]) -> None:
    """The title, to be corrected."""
    st.text_input(_("Title"), dataset.samples.at[row, "label"], key=key, on_change=on_change)


EDITOR = Editor(
    said=N_("Title: **{label}**"),
    came=N_("Corrected; original: **{text}**."),
    take=N_("Change title to “{label}”"),
    field=field,
)
