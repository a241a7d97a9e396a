"""The start of a search, beside that of a single training: how long it may take, and the button."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cases import search_space
from cases.base import Case
from pages.shared import durations
from pages.shared.i18n import _
from pages.steps import start_limit

TIMES = (120, 600, 3600, 8 * 3600)  # seconds
USUAL, NIGHT = TIMES[1], TIMES[-1]


def offer(
    case: Case, *, key: str, disabled: bool, why: str | None, on_click: Callable[[], None]
) -> float | None:  # fmt: skip
    """Draw the button where there is something to search; returns for how many seconds that would be done.

    Args:
        why: the reason for which it is `disabled`.
    """
    if not search_space.is_there(case.Settings):
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        start_limit.button(
            _("Find the best"), icon=":material/manage_search:", key=f"{key}_search", disabled=disabled, brief=True,
            on_click=on_click,
            help=why or _("Tries pretrained models, trainable parts and learning rates, cheapest first. Validation "
                          "decides; the test part is used only for the winner."),
        )  # fmt: skip
        seconds = st.selectbox(
            _("Time for the search"), TIMES, index=TIMES.index(USUAL), format_func=within, key=f"{key}_search_time",
            label_visibility="collapsed", width=200,
        )  # fmt: skip
    return float(seconds)


def within(seconds: float) -> str:
    """The time as it stands after the button, with which it is read as one sentence: find the best within ten
    minutes."""
    if seconds == NIGHT:
        return _("within one night (8 h)")
    return _("within {time}", time=durations.told(seconds))
