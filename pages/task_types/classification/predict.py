"""What a model says of something new: its classes, and what spoke for them."""

from __future__ import annotations

import streamlit as st

from pages import modalities
from pages.components.prediction_form import Certainty
from pages.shared.i18n import _
from pages.task_types import batch_table, item_predictions
from pages.task_types.classification import class_renames, threshold
from runs.jobs import batch_prediction
from runs.results import predictions
from runs.store.records import Run
from runs.store.shares import Share

answered = item_predictions.answered


def one(run: Run) -> None:
    """A fragment: an answer runs nothing else of the page."""
    st.fragment(_one)(run)


def _one(run: Run) -> None:
    item_predictions.show(run, explained=True, certainty=_certainty(run), expected=_classes(run))


def _certainty(run: Run) -> Certainty:
    return {"threshold": threshold.of(run), "tested": threshold.tested(run)}


def _classes(run: Run) -> tuple[str, ...]:
    """() where they are not known any more."""
    outcome = predictions.of(run)
    return tuple(outcome.classes) if outcome else ()


def visit(run: Run, share: Share) -> None:
    """The same for a visitor of a demo, without what spoke for an answer."""
    item_predictions.visit(run, share, certainty=_certainty(run), expected=_classes(run))


def doubtful(run: Run, job: Run) -> None:
    batch_table.show(run, job, threshold=batch_prediction.threshold(run, job))


def before_sharing(run: Run) -> str:
    return class_renames.before_sharing(run)


def table(run: Run) -> str:
    """What comes of many things at once."""
    return _(modalities.of(run.case).table)
