"""Every run, the newest first; several laid side by side."""

from __future__ import annotations

import streamlit as st

from pages.parts import comparing
from pages.parts.language import _
from pages.parts.run_list import choosing

runs = comparing.chosen()
if runs:
    comparing.show(runs)
else:
    st.title(_("All runs"), anchor=False)
    choosing.show()
