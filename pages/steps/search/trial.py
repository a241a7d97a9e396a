"""What stands beside a run that a search began: its score, the way back, and its evaluation where that is wanted."""

from __future__ import annotations

import streamlit as st

from models.errors import InputError
from pages.components import run_list
from pages.shared import i18n, owner
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.steps.search import trials
from runs.search import choice, journal
from runs.search.journal import Trial
from runs.store import records
from runs.store.records import Run


def show(run: Run) -> None:
    """Say what the run is, and how it did on the validation part."""
    parent, trial = records.parent(run), journal.trial_of(run)
    if parent is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("A trial of the search"), width="content")
        run_list.link(parent)
    if trial is not None:
        _score(run, trial)
    if run.error:
        st.error(i18n.of(InputError.from_json(run.error)), icon=":material/error:")


def _score(run: Run, trial: Trial) -> None:
    if trial.value is None:
        st.info(trials.state(trial), icon=":material/info:")
        return
    st.info(_("{figure} on {n:,} validation examples. {state}.", figure=plain(trials.interval(run, trial)),
              n=trial.items, state=trials.state(trial)), icon=":material/info:")  # fmt: skip
    keeping = records.latest("keep", run.id, owner.current())
    if run.result or not run.ended_already or (keeping and not keeping.ended_already):
        return
    if keeping and keeping.error:
        st.error(i18n.of(InputError.from_json(keeping.error)), icon=":material/error:")
    if not choice.has_weights(run.id):
        st.caption(_("Not measured on the test part. Its weights were not kept."))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Measure on the test part"), key=f"measure_{run.id}", icon=":material/speed:", on_click=_measure,
                  args=(run,), help=_("Evaluates and exports this model. Do not use test figures to choose among "
                                      "trials: then they would be too good."))  # fmt: skip
        st.caption(_("Not measured on the test part."), width="content")


def _measure(run: Run) -> None:
    records.create_run(run.owner, "keep", run.case, run.name, subject=run.id, dataset=run.dataset)
