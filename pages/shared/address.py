"""The address of what is shown: changed in one go, so that the browser's Back undoes one step at a time."""

from __future__ import annotations

import streamlit as st


def change(**values: str | None) -> None:
    """Set these parameters and take out those that are None; the others stay."""
    now = st.query_params.to_dict()
    wanted = {name: value for name, value in {**now, **values}.items() if value is not None}
    if wanted != now:
        st.query_params.from_dict(wanted)
