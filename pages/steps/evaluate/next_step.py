"""What may make a result better, as buttons: another run with one setting changed, or a look at the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

import cases
from cases.settings import knobs
from pages.components import step_rail
from pages.shared import address, vocabulary
from pages.shared.i18n import _, listed
from pages.steps.model import kept_settings
from pages.steps.section import CHECK, MODEL
from pages.task_types.base import EvaluationView
from runs.store import records
from runs.store.records import Run


def offer(run: Run, view: EvaluationView) -> None:
    """Draw a button for each thing that the headline advises; nothing where the data were deleted."""
    if records.dataset(str(run.dataset), run.owner) is None:
        return
    advised, gap = view.advised(run), view.gap(run)
    if not (advised or gap):
        return
    with st.container(horizontal=True):
        if advised:
            _another_run(run, advised)
        if gap:
            st.button(_("Check the data"), key=f"gap_{run.id}", icon=":material/fact_check:",
                      on_click=step_rail.go, args=(CHECK,))  # fmt: skip


def _another_run(run: Run, changed: Mapping[str, Any]) -> None:
    known = knobs(cases.get(run.case).Settings)
    told = listed(vocabulary.setting_value(known[name][1], value) for name, value in changed.items())
    st.button(
        _("New run with “{setting}”", setting=told), key=f"advised_{run.id}", icon=":material/tune:",
        on_click=_prepare, args=(run, changed),
        help=_("A draft with the same data and settings but for this one. You start it."),
    )  # fmt: skip


def _prepare(run: Run, changed: Mapping[str, Any]) -> None:
    """Lead to the settings for the data of the run: its own, with what is changed."""
    kept_settings.take_over(cases.get(run.case), run, changed)
    address.change(run=None, data=str(run.dataset), see=None, cell=None, item=None, only=None)
    step_rail.go(MODEL)
