"""Whether the model that is chosen can be had, and knows the languages of the data; if not, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases import language_fit, tasks
from cases.base import Case
from cases.dataset import Dataset
from cases.language_fit import AUTOMATIC
from cases.settings import knobs, options
from models.pretrained import catalog
from pages.shared import i18n
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.steps.model import model_list, settings_form
from runs import paths
from runs.store.records import Run


def why(case: Case, dataset: Dataset, values: Mapping[str, Any]) -> None:
    """Say it where the `values` of the form leave the model to the data, and these choose another than usual."""
    if values["model"] != AUTOMATIC:
        return
    chosen = catalog.find(tasks.decided(case, dataset, values)["model"])
    if chosen.id != options(knobs(case.Settings)["model"][1], values.get("task", ""))[0]:
        st.caption(_("“{model}” was selected for the language of the transcripts.", model=plain(chosen.title)))


def show(case: Case, dataset: Dataset, run: Run | None, now: Mapping[str, Any]) -> bool:
    """Say it; False where training would be in vain. `now`: the settings as the data decided them."""
    if "model" not in now:
        return True
    cache = paths.cache() / "models"
    if lacking := catalog.lacking(now["model"], cache):
        st.error(i18n.of(lacking), icon=":material/block:")
        return False
    misfit = language_fit.misfit(case, tasks.of(case, now), dataset, now, cache)
    if misfit is None:
        return True
    with st.container(horizontal=True, vertical_alignment="center"):
        if misfit.refused:
            st.error(i18n.of(misfit.problem), icon=":material/block:")
        else:
            st.warning(i18n.of(misfit.problem), icon=":material/warning:")
        if instead := catalog.find(misfit.instead):
            st.button(_("Use {model}", model=instead.title), icon=":material/swap_horiz:",
                      key=f"instead_{settings_form.key(case, run, 'model')}", on_click=model_list.pick,
                      args=(case, run, instead.id))  # fmt: skip
    return not misfit.refused
