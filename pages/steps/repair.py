"""What puts a failed run right, as a button below the reason."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cases.base import Case
from cases.settings import knobs
from cases.stored_settings import restored
from pages.components import step_rail
from pages.shared import address, owner, vocabulary
from pages.shared.i18n import _, labelled, listed
from pages.steps import start_limit
from pages.steps.section import CHECK, MODEL
from runs.store import dataset_rows, lifecycle, records
from runs.store.records import Run
from runs.worker import launchers

STEPS = {"check": CHECK, "model": MODEL}


def offer(case: Case, run: Run) -> None:
    """Draw the repair as the highlighted button, and beside it the way to go on with the run as it is."""
    error = run.error or {}
    known, changed = error.get("repair", {}), _changed(case, run, error.get("repair", {}))
    has_data = dataset_rows.by_id(str(run.dataset), run.owner) is not None
    with st.container(horizontal=True):
        if has_data and changed:
            _again(case, run, changed, primary=not error.get("resumable"))
        elif not error.get("resumable"):
            _lead(run, known.get("step", "model") if has_data else "data")
        resume(run, primary=bool(error.get("resumable")))


def resume(run: Run, *, primary: bool, brief: bool = False) -> None:
    """Draw the button that goes on from the last checkpoint."""
    start_limit.button(_("Resume"), key=f"resume_{run.id}", icon=":material/play_arrow:", brief=brief,
                       type="primary" if primary else "secondary", on_click=_resume, args=(run,))  # fmt: skip


def _resume(run: Run) -> None:
    if start_limit.refusal() is None:  # a browser may press what is greyed out
        lifecycle.resume(run.id, owner.current())


def _again(case: Case, run: Run, changed: dict[str, Any], *, primary: bool) -> None:
    settings = listed(vocabulary.setting(knobs(case.Settings)[name][1], value) for name, value in changed.items())
    start_limit.button(labelled(_("Start again"), settings), key=f"repair_{run.id}", icon=":material/replay:",
                       brief=True, type="primary" if primary else "secondary", on_click=_start,
                       args=(run, changed))  # fmt: skip


def _start(run: Run, changed: dict[str, Any]) -> None:
    if start_limit.refusal() is None:
        again = records.create_run(run.owner, run.kind, run.case, run.name, dataset=run.dataset, edits=run.edits,
                                   settings={**run.settings, **changed}, processes=run.processes,
                                   launcher=launchers.again(run))  # fmt: skip
        address.change(run=again, data=None)


def _lead(run: Run, step: str) -> None:
    """A button to where it is put right: a step of this page, or other data."""
    if step in STEPS:
        label = _("Check the data") if step == "check" else _("Change the settings")
        st.button(label, key=f"repair_{run.id}", icon=":material/tune:", type="primary",
                  on_click=step_rail.go, args=(STEPS[step],))  # fmt: skip
    else:
        st.button(_("Choose other data"), key=f"repair_{run.id}", icon=":material/folder_open:", type="primary",
                  on_click=lambda: address.change(run=None, data=None))  # fmt: skip


def _changed(case: Case, run: Run, repair: dict[str, Any]) -> dict[str, Any]:
    """Setting → the value with which to start again; what the case does not have, or cannot be smaller, is left out."""
    known, now = knobs(case.Settings), restored(case.Settings, run.settings)
    wanted = repair.get("settings", {}).items()
    changed = {name: value for name, value in wanted if name in known and value >= (known[name][1].low or 0)}
    for name in repair.get("halved", []):
        value = now.get(name) or case.Settings.automatic(now).get(name)
        if name in known and value and value // 2 >= (known[name][1].low or 1):
            changed[name] = value // 2
    return changed
