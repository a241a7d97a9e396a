"""Every run in a table; several laid side by side."""

from __future__ import annotations

import streamlit as st

from pages.shared.i18n import _
from pages.steps import all_runs, compare

runs = compare.chosen()
if runs:
    compare.show(runs)
else:
    st.title(_("All runs"), anchor=False)
    all_runs.show()
