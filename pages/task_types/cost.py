"""What a run took: the tiles that stand among its metrics."""

from __future__ import annotations

import streamlit as st

from pages.shared import durations
from pages.shared.i18n import _
from runs.store.records import Run


def show(run: Run) -> None:
    """Draw them into the container that is current."""
    st.metric(
        _("Time"), durations.of(run), width="content",
        help=_("Preparation, training, evaluation and export, over all attempts."),
    )  # fmt: skip
    st.metric(_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB", width="content")
