"""The seven steps as a rail: where each stands, and the way there by a click or the keys 1 to 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import streamlit as st

from pages.shared import session
from pages.shared.assets import read, script
from pages.shared.i18n import _

DONE, NOW, NEXT, FAILED, AHEAD = "done", "now", "next", "failed", "ahead"


class Step(TypedDict):
    """A step: its name, its state (one of `DONE`, `NOW`, `NEXT`, `FAILED`, `AHEAD`), and that state in a word."""

    name: str
    state: str
    told: str


_component = st.components.v2.component(
    "casebook_rail",
    html='<nav class="cb-rail"><ol></ol><button type="button" class="cb-rail-keys"></button></nav>',
    css=read(__file__, "rail.css"),
    js=script(__file__, "place.js", "rail.js"),
    isolate_styles=False,  # the bar that it stands in is Streamlit's and must stay at the top
)


GOING = "going_to_step"  # in the session: where a button leads, and how many did before


def go(step: int) -> None:
    """Lead to a step, as a callback."""
    before = session.held(GOING, dict, {}).get("nth", 0)
    st.session_state[GOING] = {"step": step, "nth": before + 1}


def show(steps: Sequence[Step], *, subject: str, finished: bool, key: str) -> None:
    """Draw the rail.

    Args:
        subject: what the page shows; its scroll position is kept under this name through a reload.
        finished: the run has a result. When this turns true under the reader's eyes the view moves there, unless
            something else is being read.
    """
    words = {
        "steps": _("Steps"),
        "keys_on": _("Keys 1–7 open the steps. Click to switch this off."),
        "keys_off": _("Keys 1–7 are off. Click to switch them on."),
    }
    data = {"steps": list(steps), "subject": subject, "finished": finished, "words": words,
            "going": session.held(GOING, dict), "asked": _asked(len(steps))}  # fmt: skip
    _component(key=key, data=data)


def _asked(steps: int) -> int:
    """The step that the address names, from 1 on; 0 for none."""
    asked = st.query_params.get("step", "")
    return int(asked) if asked in map(str, range(1, steps + 1)) else 0
