"""How the transcript of one recording is told and changed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cases.dataset import Dataset
from models.errors import N_
from pages.shared.i18n import _
from pages.task_types.base import Editor


def field(dataset: Dataset, row: int, *, key: str, on_change: Callable[[], None]) -> None:
    """The whole of it, to be corrected."""
    st.text_area(_("Transcript"), dataset.samples.at[row, "label"], key=key, on_change=on_change,
                 help=_("Click outside the field to save."))  # fmt: skip


EDITOR = Editor(
    said=N_("Transcript: **{label}**"),
    came=N_("Corrected; original: **{text}**."),
    take=N_("Change to “{label}”"),
    field=field,
)
