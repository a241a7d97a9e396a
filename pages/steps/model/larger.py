"""More of the network to train, recommended where this machine needs no longer for it than a person waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases import tasks
from cases.base import Case
from cases.dataset import Dataset
from cases.hyperparameters import training_length
from cases.settings import knobs
from models.training.cost_estimate import CostEstimate
from pages import task_types
from pages.shared import durations, owner, selection, vocabulary
from pages.shared.i18n import _
from pages.steps.model import estimate, settings_form
from runs.jobs import profile
from runs.store import records
from runs.store.records import Run

PATIENCE = 600.0  # seconds


def offer(
    case: Case, dataset: Dataset, run: Run | None, now: Mapping[str, Any], measured: Run | None,
    counts: Mapping[str, int],
) -> None:  # fmt: skip
    """Say it below the estimate of the settings `now`, once that is there; it is measured beside the page, too.

    Args:
        measured: the profile of `now`.
        counts: items in train, validation and test.
    """
    changed = task_types.of(dataset).model.larger(case, dataset, now)
    if not changed or measured is None or measured.status != "done":
        return
    settings = tasks.decided(case, dataset, {**now, **changed})
    subject, found = estimate.latest(case, dataset, settings)
    if not estimate.is_waiting(found):
        _recommend(case, run, changed, settings, found, counts)
    elif selection.looked_at() is None:  # a timer would swallow clicks in it
        st.fragment(_measuring, run_every=1.0)(case, dataset, settings, subject)


def _measuring(case: Case, dataset: Dataset, settings: dict[str, Any], subject: str) -> None:
    found = records.latest("profile", subject, owner.current())
    if found and found.ended_already and found.status != "stopped":
        st.rerun()
    if found is None or found.status == "stopped":
        st.session_state[estimate.LARGER] = profile.ask(owner.current(), case, dataset, settings, subject)


def _recommend(
    case: Case, run: Run | None, changed: Mapping[str, str], settings: Mapping[str, Any], found: Run | None,
    counts: Mapping[str, int],
) -> None:  # fmt: skip
    if found is None or found.status != "done":
        return
    pace = CostEstimate(**found.result["pace"])
    length = training_length(case.Settings, settings, counts["train"])
    seconds = sum(pace.seconds(counts, epochs=length.epochs, batch_size=length.batch_size).values())
    if seconds > PATIENCE:
        return
    name = vocabulary.setting_value(knobs(case.Settings)[next(iter(changed))][1], next(iter(changed.values())))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Use “{setting}”", setting=name), icon=":material/tune:", on_click=_choose,
                  args=(case, run, changed), key=f"{case.name}_larger_{run.id if run else ''}")  # fmt: skip
        st.caption(_("About {time} on this machine, and often more accurate. If validation shows no gain, the head "
                     "alone is kept.", time=durations.told(seconds)))  # fmt: skip


def _choose(case: Case, run: Run | None, changed: Mapping[str, str]) -> None:
    for name, value in changed.items():
        st.session_state[settings_form.key(case, run, name)] = value
