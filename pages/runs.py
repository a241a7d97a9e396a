"""Every run, the newest first; several laid side by side."""

from __future__ import annotations

import streamlit as st

from pages.shared.i18n import _
from pages.steps import compare
from pages.steps.compare import run_choice

runs = compare.chosen()
if runs:
    compare.show(runs)
else:
    st.title(_("All runs"), anchor=False)
    run_choice.show()
