"""Which items the check shows, and which of them closely; kept in the address, so that it survives a reload."""

from __future__ import annotations

import streamlit as st

from pages.parts import address


def chosen() -> tuple[str, str]:
    """What kind of choice and which, for instance class and its label; two empty strings for none."""
    kind, _, which = st.query_params.get("show", "").partition(":")
    return kind, which


def choose(kind: str, which: str) -> None:
    address.change(show=f"{kind}:{which}", look=None)


def leave() -> None:
    address.change(show=None, look=None)


def looked_at() -> int | None:
    asked = st.query_params.get("look", "")
    return int(asked) if asked.isdecimal() and "item" not in st.query_params else None


def look_at(row: int | str | None) -> None:
    if row is None:
        address.change(look=None)
    else:
        address.change(look=str(row), item=None)  # the evaluation has a closer look of its own: one dialog at a time
