"""A data set as a small picture, for lists of data sets and of runs; it says nothing that the words beside do not."""

from __future__ import annotations

import streamlit as st

import cases
from pages.components.items import thumbnail


def show(dataset: str, case: str) -> None:
    """Draw that of the data set with this id; "" for one that is gone: the icon of its case."""
    if not dataset:
        st.html(f'<span class="cb-thumbnail" aria-hidden="true">{cases.get(case).icon}</span>', width="content")
        return
    st.html(f'<img class="cb-thumbnail" src="{thumbnail(dataset, case)}" alt="" loading="lazy">', width="content")
