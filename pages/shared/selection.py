"""Which items the check shows, and which of them closely; kept in the address, so that it survives a reload."""

from __future__ import annotations

import streamlit as st

from pages.shared import address
from runs.api.numbers import whole


def chosen() -> tuple[str, str]:
    """What kind of choice and which, for instance class and its label; two empty strings for none."""
    kind, _, which = st.query_params.get("show", "").partition(":")
    return kind, which


def choose(kind: str, which: str | None) -> None:
    """None is the choice of nothing."""
    address.change(show=None if which is None else f"{kind}:{which}", look=None)


def leave() -> None:
    address.change(show=None, look=None)


def looked_at() -> int | None:
    return whole(st.query_params.get("look")) if "item" not in st.query_params else None


def look_at(row: int | str | None) -> None:
    if row is None:
        address.change(look=None)
    else:
        address.change(look=str(row), item=None)  # the evaluation has a closer look of its own: one dialog at a time
