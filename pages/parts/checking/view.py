"""Which items the check shows, and which of them closely; kept in the address, so that it survives a reload."""

from __future__ import annotations

import streamlit as st


def chosen() -> tuple[str, str]:
    """What kind of choice and which, for instance class and its label; two empty strings for none."""
    kind, _, which = st.query_params.get("show", "").partition(":")
    return kind, which


def choose(kind: str, which: str) -> None:
    st.query_params["show"] = f"{kind}:{which}"
    look_at(None)


def leave() -> None:
    st.query_params.pop("show", None)
    look_at(None)


def looked_at() -> int | None:
    asked = st.query_params.get("look", "")
    return int(asked) if asked.isdecimal() and "item" not in st.query_params else None


def look_at(row: int | str | None) -> None:
    if row is None:
        st.query_params.pop("look", None)
    else:
        st.query_params["look"] = str(row)
        st.query_params.pop("item", None)  # the evaluation's own closer look: one dialog at a time
