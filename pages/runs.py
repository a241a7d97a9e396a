"""Every run, the newest first."""

from __future__ import annotations

import streamlit as st

from pages.parts import owner, run_list
from pages.parts.language import _
from runs import store

st.title(_("All runs"), anchor=False)
run_list.show(store.run_list(owner.current()))
