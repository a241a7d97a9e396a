"""Labels changed since a run: train again with them, everything else the same."""

from __future__ import annotations

import streamlit as st

from pages.shared import address, owner
from pages.shared.i18n import _, count
from pages.steps import start_limit
from pages.task_types.base import EvaluationData
from runs.store import records
from runs.store.records import Run
from runs.worker import launchers

Edits = dict[str, str | None]


def show(viewed: EvaluationData) -> None:
    now: Edits = {str(row): label for row, label in viewed.dataset.edits.items()}
    changed = _changed(now, viewed.run.edits)
    if not changed:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            count("{n} example was corrected or excluded since this run.",
                  "{n} examples were corrected or excluded since this run.", changed)
        )  # fmt: skip
        st.space("stretch")
        start_limit.button(
            _("Retrain with corrections"), key=f"train_mended_{viewed.run.id}", type="primary",
            icon=":material/refresh:", on_click=_train_again, args=(viewed.run, now),
            help=_("Same settings, seed and split; only labels differ."), brief=True,
        )  # fmt: skip


def _changed(now: Edits, then: Edits) -> int:
    return sum(now.get(row, "") != then.get(row, "") for row in now.keys() | then.keys())


def _train_again(run: Run, edits: Edits) -> None:
    values = {"dataset": run.dataset, "settings": run.settings, "edits": edits, "processes": run.processes,
              "gpu_memory": run.gpu_memory, "launcher": launchers.again(run)}  # fmt: skip
    if start_limit.refusal():  # a browser may press what is greyed out
        return
    address.change(run=records.create_run(owner.current(), "fine_tune", run.case, run.name, **values), data=None)
