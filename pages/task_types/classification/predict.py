"""What a model says of something new: its classes, and what spoke for them."""

from __future__ import annotations

import streamlit as st

from pages import modalities
from pages.shared.i18n import _
from pages.task_types import item_predictions
from runs.store.records import Run
from runs.store.shares import Share

answered = item_predictions.answered


def one(run: Run) -> None:
    """A fragment: an answer runs nothing else of the page."""
    st.fragment(item_predictions.show)(run, explained=True)


def visit(run: Run, share: Share) -> None:
    """The same for a visitor of a demo, without what spoke for an answer."""
    item_predictions.visit(run, share)


def table(run: Run) -> str:
    """What comes of many things at once."""
    return _(modalities.of(run.case).table)
