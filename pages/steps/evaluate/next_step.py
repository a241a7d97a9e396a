"""What may make a result better, as buttons: another run with one setting changed, or a look at the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

import cases
from cases import search_space
from cases.settings import knobs
from models.evaluation.metrics import FALLING
from pages.components import step_rail
from pages.shared import address, vocabulary
from pages.shared.i18n import _, count, listed, together
from pages.shared.text import bold
from pages.steps.model import kept_settings
from pages.steps.section import CHECK, MODEL
from pages.task_types import diagnosis, verdict
from pages.task_types.base import EvaluationView, NextStep
from runs.results.diagnosis import Diagnosis
from runs.search import journal
from runs.store import dataset_rows, records
from runs.store.records import Run

SHOWN = 3  # at most; the others are folded


def offer(run: Run, view: EvaluationView, found: Sequence[Diagnosis]) -> None:
    """Draw a button with its reason for each step; nothing where the data were deleted. No step keeps a setting that
    what was `found` blames.
    """
    if dataset_rows.by_id(str(run.dataset), run.owner) is None:
        return
    faults, gap = diagnosis.at_fault(run, found), view.gap(run)
    steps = _leading(run, [*view.next_steps(run), *_search(run, faults)], faults)
    if steps:
        st.markdown(bold(_("What to do next")))
        _draw(run, steps[:SHOWN], faults)
        if others := steps[SHOWN:]:
            with st.expander(_("More ({n})", n=len(others))):
                _draw(run, others, faults)
    if gap:
        st.button(_("Check the data"), key=f"gap_{run.id}", icon=":material/fact_check:",
                  on_click=step_rail.go, args=(CHECK,))  # fmt: skip


def _leading(run: Run, steps: list[NextStep], faults: Mapping[str, Any]) -> list[NextStep]:
    """With what is at fault put right first, unless a training is to end where it was best; before that nothing speaks
    for another step that moves how closely a training follows its data."""
    if not faults or any(step.name == "shorter" for step in steps):
        return steps
    known = knobs(cases.get(run.case).Settings)
    others = [step for step in steps if not any(known[name][1].fits for name in step.changed)]
    reason = _("The diagnosis blames these settings of the run.")
    return [NextStep("automatic", reason, faults, icon=":material/settings_backup_restore:"), *others]


def _search(run: Run, faults: Mapping[str, Any]) -> list[NextStep]:
    """Find the best, where nobody searched among ways to train these data and there is something left to find."""
    metric = vocabulary.task_of(run).metric
    perfect = run.result["test"][metric]["value"] == (0.0 if metric in FALLING else 1.0)
    if perfect or verdict.unfinished(run) or not search_space.is_there(cases.get(run.case).Settings):
        return []
    if any(one.dataset == run.dataset for one in records.run_list(run.owner, kind=journal.KIND, case=run.case)):
        return []
    done = [one for one in records.run_list(run.owner, case=run.case)
            if one.dataset == run.dataset and (one.status == "done" or one.id == run.id)]  # fmt: skip
    reason = together(
        count("{n} run so far on this data.", "{n} runs so far on this data.", len(done)),
        _("A search compares more ways within a time that you choose."),
    )
    return [NextStep("search", reason, label=_("Find the best"), icon=":material/manage_search:",
                     open=partial(_prepare, run, {}, faults))]  # fmt: skip


def _draw(run: Run, steps: Sequence[NextStep], faults: Mapping[str, Any]) -> None:
    for step in steps:
        with st.container(horizontal=True, vertical_alignment="center"):
            if step.changed:
                _another_run(run, step, faults)
            else:
                st.button(step.label, key=f"next_{step.name}_{run.id}", icon=step.icon, on_click=step.open)
            set_back = [name for name in faults if name not in step.changed] if step.changed else []
            st.caption(together(step.reason, _("Set back to the default, since the diagnosis names them: {settings}.",
                       settings=_labels(run, set_back)) if set_back else ""))  # fmt: skip


def _another_run(run: Run, step: NextStep, faults: Mapping[str, Any]) -> None:
    st.button(
        _("New run with “{setting}”", setting=_told(run, step.changed)), key=f"next_{step.name}_{run.id}",
        icon=step.icon, on_click=_prepare, args=(run, step.changed, faults),
        help=_("A draft with the same data and settings but for this one. You start it."),
    )  # fmt: skip


def _told(run: Run, changed: Mapping[str, Any]) -> str:
    """An option says by itself what it is, a number does not."""
    known = knobs(cases.get(run.case).Settings)
    return listed(vocabulary.setting_value(known[name][1], value) if isinstance(value, str) else
                  vocabulary.setting(known[name][1], value) for name, value in changed.items())  # fmt: skip


def _labels(run: Run, names: Sequence[str]) -> str:
    known = knobs(cases.get(run.case).Settings)
    return listed(_(known[name][1].label) for name in names)


def _prepare(run: Run, changed: Mapping[str, Any], faults: Mapping[str, Any]) -> None:
    """Lead to the settings for the data of the run: its own, with what is changed, and without what is at fault."""
    kept_settings.take_over(cases.get(run.case), run, {**faults, **changed})
    address.change(run=None, data=str(run.dataset), see=None, cell=None, item=None, only=None)
    step_rail.go(MODEL)
