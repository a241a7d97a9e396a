"""Mistakes: wrong predictions on the test part, the surest first."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.shared.i18n import _
from pages.task_types import state
from pages.task_types.classification import item_browser
from pages.task_types.classification.item_browser import Viewed


def show(viewed: Viewed) -> None:
    test = viewed.outcome.of("test")
    wrong = np.flatnonzero(~test.right)
    wrong = wrong[np.argsort(-test.confidence[wrong], kind="stable")]
    if not len(wrong):
        st.caption(_("No mistakes on the test set."))
        return
    st.caption(_("Wrong predictions on the test set, most confident first: label → prediction. Open one to see why."))
    item_browser.gallery(Viewed(viewed.run, test, viewed.dataset), wrong, name="surest")


def open_() -> None:
    """Open this view, as a callback."""
    state.put("see", "mistakes")
