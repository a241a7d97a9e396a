"""The three worst recordings, to be heard beside what was said and what was written, and two ways on from them."""

from __future__ import annotations

import streamlit as st

from pages.components import word_diff
from pages.shared.i18n import _
from pages.shared.text import bold
from pages.task_types import state
from pages.task_types.transcription import views
from pages.task_types.transcription.views import Viewed
from runs.results import transcripts
from runs.store.records import Run

SHOWN = 3


def show(viewed: Viewed) -> None:
    """Draw them; nothing where the test part has no mistake."""
    wrong = viewed.table[~viewed.table["right"]]
    if wrong.empty:
        return
    st.markdown(bold(_("Most errors")))
    worst = wrong.head(SHOWN)
    views.listing(viewed, worst, "worst", [int(row) for row in worst.index])
    st.caption(word_diff.explained())
    kinds, run = len(transcripts.confusions(viewed.table)), viewed.run
    with st.container(horizontal=True):
        st.button(_("Recordings with errors ({n:,})", n=len(wrong)), key=f"worst_all_{run.id}",
                  icon=":material/search:", on_click=_open, args=(run, "texts"))  # fmt: skip
        st.button(_("Error types ({n:,})", n=kinds), key=f"worst_kinds_{run.id}", icon=":material/bar_chart:",
                  on_click=_open, args=(run, "words"))  # fmt: skip


def _open(run: Run, see: str) -> None:
    state.put("see", see)
    if see == "texts":
        st.session_state[f"texts_{run.id}_kind"] = "wrong"
