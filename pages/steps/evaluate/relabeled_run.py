"""Labels changed since a run: train again with them, everything else the same."""

from __future__ import annotations

import streamlit as st

from pages.shared import address, owner
from pages.shared.i18n import _, count, together
from pages.steps import start_limit
from pages.task_types.base import EvaluationData
from runs.results import relabeled
from runs.store import records
from runs.store.records import Run
from runs.worker import launchers

Edits = dict[str, str | None]


def show(viewed: EvaluationData) -> None:
    now: Edits = {str(row): label for row, label in viewed.dataset.edits.items()}
    corrected, told = len(relabeled.changed(viewed.run, viewed.dataset)), _since(viewed)
    if not told:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(together(*told))
        st.space("stretch")
        start_limit.button(
            _("Retrain with corrections") if corrected else _("Retrain with the new names"),
            key=f"train_mended_{viewed.run.id}", type="primary",
            icon=":material/refresh:", on_click=_train_again, args=(viewed.run, now),
            help=_("Same settings, seed and split; only labels differ."), brief=True,
        )  # fmt: skip


def _since(viewed: EvaluationData) -> list[str]:
    """What was changed since the run, in words."""
    told = []
    if names := len(relabeled.renamed(viewed.run, viewed.dataset)):
        told.append(count("{n} class was renamed since this run.", "{n} classes were renamed since this run.", names))
    if changed := len(relabeled.changed(viewed.run, viewed.dataset)):
        told.append(count("{n} example was corrected or excluded since this run.",
                          "{n} examples were corrected or excluded since this run.", changed))  # fmt: skip
    return told


def _train_again(run: Run, edits: Edits) -> None:
    values = {"dataset": run.dataset, "settings": run.settings, "edits": edits, "processes": run.processes,
              "gpu_memory": run.gpu_memory, "launcher": launchers.again(run)}  # fmt: skip
    if start_limit.refusal():  # a browser may press what is greyed out
        return
    address.change(run=records.create_run(owner.current(), "fine_tune", run.case, run.name, **values), data=None)
