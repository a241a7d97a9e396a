"""The list that an item was opened from: the closer look goes back and forth in it, and counts in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from pages.shared import session
from pages.shared.i18n import _


def draw(name: str, rows: Sequence[int]) -> None:
    """This list is on the page: all of it, also what is on other pages of the gallery."""
    st.session_state[f"{name}_drawn"] = np.asarray(rows, np.int64)


def open_from(name: str, rows: Sequence[int]) -> None:
    """An item of this list was opened: it stays the list, whatever is drawn meanwhile or leaves it by a correction."""
    st.session_state[f"{name}_opened"] = np.asarray(rows, np.int64)


def of(name: str, row: int) -> list[int]:
    """The list that the item was opened from; after a reload the one on the page; [] where it is in neither."""
    lists = (session.held(f"{name}_{which}", np.ndarray, np.array([])) for which in ("opened", "drawn"))
    return next((one.tolist() for one in lists if row in one), [])


def after(rows: Sequence[int], row: int) -> int | None:
    """The one that follows; None after the last."""
    return rows[rows.index(row) + 1] if row in rows[:-1] else None


def buttons(rows: Sequence[int], row: int, *, key: str, go: Callable[[Any], None]) -> None:
    """Back and forth, also by the arrow keys; nothing where the item is alone. `go` is called with the row."""
    if row not in rows or len(rows) < 2:
        return
    at = rows.index(row)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, icon, step, arrow in (
            (_("Previous"), ":material/chevron_left:", -1, "Left"), (_("Next"), ":material/chevron_right:", 1, "Right")
        ):  # fmt: skip
            there = 0 <= at + step < len(rows)
            st.button(
                name, icon=icon, key=f"{key}_{step}", disabled=not there, on_click=go, shortcut=arrow,
                args=(rows[at + step] if there else None,),
            )  # fmt: skip
        st.caption(_("{n:,} of {total:,}", n=at + 1, total=len(rows)))
