"""What a model writes of something new that is said."""

from __future__ import annotations

import streamlit as st

from pages.shared.i18n import _
from pages.task_types import batch_table, item_predictions
from runs.store.records import Run
from runs.store.shares import Share

answered = item_predictions.answered


def one(run: Run) -> None:
    """A fragment: an answer runs nothing else of the page. There is no class that something could speak for."""
    st.fragment(item_predictions.show)(run, explained=False, words=words(), written=True)


def visit(run: Run, share: Share) -> None:
    """The same for a visitor of a demo."""
    item_predictions.visit(run, share, words=words(), written=True)


def before_sharing(run: Run) -> str:
    return ""


def table(run: Run) -> str:
    """What comes of many recordings at once."""
    return _("Result: a table of file name and transcript.")


def doubtful(run: Run, job: Run) -> None:
    batch_table.show(run, job)


def words() -> dict[str, str]:
    """The sentences in place of those that speak of classes."""
    return {
        "label": _("Transcript: {label}"),
        "sure": _("Mean token confidence: {share}"),
        "silence": _("No speech recognised."),
        "copy": _("Copy text"),
        "copied": _("Copied"),
    }
