"""Show me the code: a step as plain PyTorch for exactly these settings and data, and all steps as a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import streamlit as st

import cases
from cases.base import Case
from cases.dataset import Dataset
from cases.notebook import STEPS
from models.errors import InputError
from pages.shared import i18n, owner
from pages.shared.address import of_route
from pages.shared.i18n import _, current
from runs.exports import notebook
from runs.store import dataset_rows, datasets
from runs.store.records import Run


def show(number: int, case: Case, dataset: Dataset, settings: Mapping[str, Any], run: Run | None = None) -> None:
    """Draw the fold of a step, from 1 on; nothing where the task has no code.

    Args:
        settings: as they are stored with a run.
        run: that was trained by them on `dataset`; None before.
    """
    key = f"code_{number}_{case.name}_{run.id if run else ''}"
    fold = st.expander(_("Show me the code"), icon=":material/code:", key=key, on_change="rerun")
    if not fold.open:
        return
    with fold:
        try:
            found = notebook.of(case, dataset, notebook.record(case, dataset, settings, run), current())
        except InputError as error:  # two settings that do not go together; the start says the same
            st.error(i18n.of(error))
            return
        if found is None:
            st.caption(_("There is no code for this task yet."))
            return
        st.caption(_("Plain PyTorch for these settings and data. It continues the code of the steps before."))
        for cell in found.cells[[*STEPS][number - 1]]:
            st.code(cell, language="python")
        name = PurePosixPath(dataset.name).stem
        with st.container(horizontal=True):
            st.download_button(
                _("Notebook of all steps"), found.as_json(notebook.titles(current())), f"{name}.ipynb",
                "application/x-ipynb+json", key=f"{key}_notebook", icon=":material/download:", on_click="ignore",
            )  # fmt: skip
            more = {"run": run.id} if run else {}
            token = owner.sign("export", dataset=dataset.digest, settings=dict(settings), **more)
            st.link_button(
                _("Notebook with data and weights"), of_route(f"/api/dataset?token={token}&lang={current()}"),
                icon=":material/folder_zip:",
                help=_("A zip: unpack it and run the notebook there. It needs no Casebook. The data are divided as "
                       "here, and the pretrained weights are added where they lie on this server."),
            )  # fmt: skip


def of_run(number: int, run: Run) -> None:
    """The same of what a run did, where its data are there."""
    row = dataset_rows.by_id(str(run.dataset), owner.current())
    dataset = datasets.opened(row, datasets.edits_of(run)) if row else None
    if dataset:
        show(number, cases.get(run.case), dataset, run.settings, run)
