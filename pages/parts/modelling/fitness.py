"""Whether the model that is chosen can be had, and knows the languages of the data; if not, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases import language_fit, tasks
from cases.base import Case
from cases.dataset import Dataset
from models import catalog
from pages.parts import language
from pages.parts.language import _
from pages.parts.modelling import listing
from runs import files


def show(case: Case, dataset: Dataset, now: Mapping[str, Any], *, key: str) -> bool:
    """Say it; False where training would be in vain. `key`: of the model in the form."""
    cache = files.cache() / "models"
    if lacking := catalog.lacking(now["model"], cache):
        st.error(language.of(lacking), icon=":material/block:")
        return False
    misfit = language_fit.misfit(case, tasks.of(case, now), dataset, now, cache)
    if misfit is None:
        return True
    with st.container(horizontal=True, vertical_alignment="center"):
        if misfit.refused:
            st.error(language.of(misfit.problem), icon=":material/block:")
        else:
            st.warning(language.of(misfit.problem), icon=":material/warning:")
        if instead := catalog.find(misfit.instead):
            st.button(_("Use {model}", model=instead.title), key=f"instead_{key}", icon=":material/swap_horiz:",
                      on_click=listing.pick, args=(key, instead.id))  # fmt: skip
    return not misfit.refused
