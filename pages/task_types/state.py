"""What is looked at in the evaluation of a run; kept in the address, so that it survives a reload and can be sent."""

from __future__ import annotations

import streamlit as st

from pages.shared import session
from runs.api.numbers import whole
from runs.store.records import Run

NAMES = ("see", "cell", "item", "only")
RUN = {"run", "t"}  # the address of a run, of a demo


def begin(run: Run) -> None:
    """What was looked at in another run does not carry over."""
    if session.held("evaluated", str, run.id) != run.id:
        for name in NAMES:
            put(name, None)
    st.session_state["evaluated"] = run.id


def get(name: str) -> str | None:
    return st.query_params.get(name)


def put(name: str, value: str | None) -> None:
    """Change the address; not where it has no run, as when a control sends its value while Back is being pressed: a new
    address would be the end of Forward."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value and RUN & st.query_params.keys():
        st.query_params[name] = value


def cell() -> tuple[int | None, int | None]:
    """The numbers of the label and of the predicted class whose items are shown; None: any."""
    label, _, predicted = (get("cell") or "").partition("-")
    return whole(label), whole(predicted)


def put_cell(label: int | None, predicted: int | None) -> None:
    sides = ["" if side is None else str(side) for side in (label, predicted)]
    put("cell", "-".join(sides) if any(sides) else None)


def item() -> int | None:
    return whole(get("item"))
