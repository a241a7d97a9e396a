"""How the class of one item is told and changed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cases.dataset import Dataset
from models.errors import N_
from pages.shared.i18n import _
from pages.task_types.base import Editor


def field(dataset: Dataset, row: int, *, key: str, on_change: Callable[[], None]) -> None:
    """One of the other classes is chosen, or a new one typed."""
    now = dataset.samples.at[row, "label"]
    st.selectbox(
        _("New label"), [name for name in dataset.classes if name != now], index=None, key=key,
        accept_new_options=True, placeholder=_("Choose or type a label"), on_change=on_change,
    )  # fmt: skip


EDITOR = Editor(
    said=N_("Label: **{label}**"),
    came=N_("Corrected; original label: **{label}**."),
    take=N_("Change label to “{label}”"),
    field=field,
)
