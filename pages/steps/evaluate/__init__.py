"""Evaluate: how good the model is on the test part, in plain words, and everything behind that figure."""

from __future__ import annotations

from collections.abc import Set
from functools import partial

import streamlit as st

from pages import task_types
from pages.components import relabeled_note, repeated_note, term_line
from pages.shared import failures, i18n, owner, polling, session, vocabulary
from pages.shared.i18n import _
from pages.steps import code
from pages.steps.evaluate import next_step, relabeled_run
from pages.steps.search import told
from pages.steps.section import RESULT, section
from pages.task_types import diagnosis, leak_note, slices, state
from pages.task_types.base import EvaluationData, EvaluationView, Screens
from runs import integrity
from runs.results import evaluation_parts
from runs.store import records
from runs.store.records import Run


def show(run: Run) -> None:
    keeping = records.latest("keep", run.id, owner.current()) if run.status == "stopped" and not run.packed else None
    waiting = keeping is not None and not keeping.ended_already
    if not (run.result or waiting):
        return
    with section(RESULT):
        if waiting:
            polling.show(keeping, _("Evaluating and exporting the model."))
        if run.result:
            _result(run)
            code.of_run(RESULT, run)


def _result(run: Run) -> None:
    if stopped := run.result.get("stopped"):
        st.info(vocabulary.stopped(stopped), icon=":material/info:")
    term_line.show(RESULT, run.case, vocabulary.task_of(run).task_type.name)
    state.begin(run)
    view = task_types.of_run(run).evaluation
    found = view.diagnoses(run)
    if warned := diagnosis.hardly_trained(found):
        st.warning(warned, icon=":material/warning:")
    view.headline(run)
    relabeled_note.show(run)
    told.show(run)
    told_already = diagnosis.show(run, found)
    next_step.offer(run, view, found)
    if "leakage" not in told_already:
        repeated_note.show(run, task_types.of_run(run).repeated)
    leak_note.show(run)
    _failed_parts(run, evaluation_parts.failed(run).keys() - set(_offered(view)))
    viewed = view.open_for(run)
    if viewed is None:
        if problem := integrity.of_answers(run.id):
            st.warning(i18n.of(problem), icon=":material/warning:")
        view.figures(run)
        return
    relabeled_run.show(viewed)
    st.session_state["edits_drawn"] = viewed.dataset.edits
    place = st.container()
    if _wait(run, view):
        with place:
            _switch(run, view)
    else:
        st.fragment(_views)(run)


def _wait(run: Run, view: EvaluationView) -> bool:
    """Draw what must be waited for before the view can be seen, by a timer, which no fragment may hold."""
    seen = _seen(view)
    if seen in evaluation_parts.failed(run):
        _failed_parts(run, {seen})
        return True
    if seen != slices.NAME:
        return view.wait(run, seen)
    waiting = not slices.is_measured(run)
    if waiting:
        slices.wait(run)
    return waiting


def _failed_parts(run: Run, names: Set[str]) -> None:
    """Draw parts of the evaluation that failed: why, and a button that computes one again, or how far that is."""
    for name in names:
        with st.container(border=True):
            st.markdown(_(evaluation_parts.TOLD[name]))
            work = evaluation_parts.asked(run, name)
            if polling.stands(work, _("Computing this part."), _("Computing was stopped.")):
                continue
            if work is None or not work.error:
                st.warning(i18n.of(evaluation_parts.failed(run)[name]), icon=":material/warning:")
            st.button(_("Try again"), key=f"part_{name}_{run.id}", icon=":material/refresh:",
                      on_click=evaluation_parts.ask, args=(run, name))  # fmt: skip


def _views(run: Run) -> None:
    """A fragment: a click in it runs nothing else of the page."""
    screens = task_types.of_run(run)
    view = screens.evaluation
    viewed, seen = view.open_for(run), _switch(run, view)
    if viewed is None or viewed.dataset.edits != session.held("edits_drawn", dict):
        st.rerun()  # what else the page says of the data changes with them
    if seen in evaluation_parts.failed(run) or (seen == slices.NAME and not slices.is_measured(run)):
        st.rerun()
    failures.calmly(partial(_view, viewed, seen, screens))
    view.opened(run)


def _view(viewed: EvaluationData, seen: str, screens: Screens) -> None:
    some = slices.filtered(viewed, screens.slices)
    if seen == slices.NAME:
        slices.show(viewed, screens.slices)
    else:
        screens.evaluation.show(some, seen)


def _offered(view: EvaluationView) -> dict[str, str]:
    """Name in the address → what the view is called."""
    return {**view.views(), slices.NAME: _("Slices")}


def _seen(view: EvaluationView) -> str:
    asked, names = state.get("see"), list(_offered(view))
    return asked if asked in names else names[0]


def _switch(run: Run, view: EvaluationView) -> str:
    """Which view; the address says it, the control follows and changes it."""
    key, names = f"see_{run.id}", _offered(view)
    st.session_state[key] = _seen(view)
    return st.segmented_control(
        _("View"), list(names), format_func=names.get, key=key, required=True, wrap=True,
        label_visibility="collapsed", on_change=lambda: _choose(view, session.among(key, names)),
    )  # fmt: skip


def _choose(view: EvaluationView, picked: str | None) -> None:
    """Streamlit also calls this for a control drawn by a run that was interrupted: then nothing was chosen."""
    if picked != _seen(view):
        state.put("see", picked)
