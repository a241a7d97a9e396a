"""Whether the host's limits let a training begin now: told beside the button, before it is pressed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from models.errors import InputError
from pages.components import run_list
from pages.shared import i18n, owner
from pages.steps import storage_left
from runs.limits import allowances
from runs.store import records

AGAIN = 3  # seconds after which it is looked at again whether a run has ended


def refusal() -> InputError | None:
    """Say why nothing can be started now; None where it can."""
    try:
        allowances.check_start(owner.current())
    except InputError as error:
        return error
    return None


def button(label: str, *, disabled: bool = False, help: str | None = None, brief: bool = False, **more: Any) -> None:
    """Draw a button that starts a training; where a limit is reached it is greyed, with the reason beside it.

    Args:
        brief: what is to be done instead is told on touch only.
    """
    error = refusal()
    st.button(label, disabled=disabled or error is not None, help=i18n.of(error) if error else help, **more)
    if error and not disabled:
        st.caption(f":material/block: {i18n.found(error) if brief else i18n.of(error)}", width="content")


def ways_out() -> None:
    """Show below a start that is not allowed the runs at work, or the largest of what is stored, and watch whether the
    limit still holds."""
    if refusal() is None:
        return
    most, working = allowances.of(owner.current()).at_once, allowances.at_work(owner.current())
    if most is not None and len(working) >= most:
        run_list.show([run for run in (records.run(one, owner.current()) for one in working) if run])
    if allowances.room(owner.current()) == 0:
        storage_left.show()
    st.fragment(_look_again, run_every=AGAIN)()


def _look_again() -> None:
    if refusal() is None:
        st.rerun()
