"""A press that asks for more than a callback may do: it is noted at once, and holds until the page has done it.

A callback draws nothing, and knows what was drawn before it. What draws, takes long, or goes by what fields say now is
therefore done in the next run of the page. That may be interrupted, as by a timer that finds work at its end, and a
button has forgotten its press by then; what is noted here has not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.shared import session

FRESH = 300.0  # seconds after which what was asked for is no longer expected


@dataclass
class Press:
    """`what`: which of several things was asked for. `made`: what came of it, where that is needed once more. The page
    says that it is `over`: a mark on the object itself, for to change the session may be where a run is interrupted."""

    what: Any
    at: float
    made: Any = None
    over: bool = False


def note(key: str, what: Any = True) -> None:
    """Record a press; use as the callback of a button."""
    st.session_state[_name(key)] = Press(what, time.monotonic())


def of(key: str) -> Press | None:
    """Return the press that the page has still to act on, if any."""
    press = session.held(_name(key), Press)
    return press if press and not press.over and time.monotonic() - press.at < FRESH else None


def again(key: str) -> Press:
    """The press of this name, whether it is over or not; a new one where there is none."""
    if not session.held(_name(key), Press):
        note(key)
    return session.held(_name(key), Press)


def opened(key: str) -> Iterator[Press]:
    """For what is drawn once and stays, as a dialog: the press is over once it stands."""
    if press := of(key):
        yield press
        press.over = True


def _name(key: str) -> str:
    return f"pressed_{key}"
