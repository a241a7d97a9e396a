"""Buttons that lead from an item to the one before and the one after it, in the order of the gallery it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.parts.language import _


def show(shown: Sequence[int], row: int, *, key: str, go: Callable[[Any], None]) -> None:
    """Nothing where `row` is not among those `shown`, or alone; `go` is called with the row to look at."""
    if row not in shown or len(shown) < 2:
        return
    at = shown.index(row)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, icon, step in (
            (_("Previous"), ":material/chevron_left:", -1), (_("Next"), ":material/chevron_right:", 1)
        ):  # fmt: skip
            there = 0 <= at + step < len(shown)
            st.button(
                name, icon=icon, key=f"{key}_{step}", disabled=not there, on_click=go,
                args=(shown[at + step] if there else None,),
            )  # fmt: skip
        st.caption(f"{at + 1} / {len(shown)}")
