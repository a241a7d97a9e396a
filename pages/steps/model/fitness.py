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
from models.errors import InputError
from models.pretrained import catalog
from models.pretrained.registry import Pretrained
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
        st.caption(_("“{model}” was selected for the language of the transcripts.", model=plain(_(chosen.title))))


def show(case: Case, dataset: Dataset, run: Run | None, now: Mapping[str, Any]) -> bool:
    """Say it; False where training would be in vain. `now`: the settings as the data decided them."""
    if "model" not in now:
        return True
    cache = paths.cache() / "models"
    if lacking := catalog.lacking(now["model"], cache):
        _missing(lacking, language_fit.at_hand(case, tasks.of(case, now), dataset, now, cache), case, run)
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
            _offer(instead, case, run)
    return not misfit.refused


def _missing(lacking: InputError, instead: Pretrained | None, case: Case, run: Run | None) -> None:
    """Say what is to be installed, and offer what works as it is; else a download, or a folder."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.error(i18n.of(lacking), icon=":material/block:")
        if instead:
            _offer(instead, case, run)
    if instead is None:
        st.caption(_("No model for these data is on this machine. A Hub ID or local folder can be given under "
                     "“Another model”."))  # fmt: skip
    elif not catalog.is_here(instead, paths.cache() / "models"):
        st.caption(_("“{model}” suits these data and downloads {n:.0f} MB. A Hub ID or local folder can be given under "
                     "“Another model”.", model=plain(_(instead.title)), n=instead.size_mb))  # fmt: skip
    else:
        st.caption(_("“{model}” suits these data and is on this machine.", model=plain(_(instead.title))))


def _offer(instead: Pretrained, case: Case, run: Run | None) -> None:
    st.button(_("Use {model}", model=_(instead.title)), icon=":material/swap_horiz:",
              key=f"instead_{settings_form.key(case, run, 'model')}", on_click=model_list.pick,
              args=(case, run, instead.id))  # fmt: skip
