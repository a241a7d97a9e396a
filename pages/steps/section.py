"""A step of the flow on the page: under its heading, or folded to one line that says what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from cases.notebook import STEPS
from pages.shared import session
from pages.shared.i18n import _
from pages.shared.text import bold

NAMES = tuple(STEPS.values())
DATA, CHECK, MODEL, TRAIN, RESULT, TRY, KEEP = range(1, 8)  # numbers of steps that others ask about


def title(number: int) -> str:
    """The heading of a step, from 1 on."""
    return f"{number} · {_(NAMES[number - 1])}"


def is_open(number: int, subject: str) -> bool:
    """Whether a folded step was opened."""
    return session.held(_key(number, subject), bool, False)


@contextmanager
def section(number: int, *, told: str = "", folded: str = "", opened: bool = False) -> Iterator[bool]:
    """Draw a step; yields whether its content is to be drawn.

    Args:
        told: Markdown that stands beside the title while the step is folded.
        folded: a name of what is shown, under which it is kept whether the fold is open; "" draws a heading instead.
        opened: whether the fold is open until a person closes it.
    """
    with st.container(key=f"section_{number}"):
        if not folded:
            st.header(title(number), anchor=False)
            yield True
            return
        label, key = " &ensp; ".join(filter(None, [bold(title(number)), told])), _key(number, folded)
        if session.held(f"{key}_label", str, label) != label:  # another label is another fold, which would be closed
            st.session_state[key] = session.held(key, bool, opened)
        st.session_state[f"{key}_label"] = label
        fold = st.expander(label, expanded=opened, key=key, on_change="rerun")
        with fold:
            yield bool(fold.open)


def _key(number: int, subject: str) -> str:
    return f"fold_{number}_{subject}"
