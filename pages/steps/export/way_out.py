"""One way to pass a model on, folded: its sign stays in front of its name, beside the arrow that opens it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.shared.text import bold


def fold(sign: str, title: str, whom: str = "", *, key: str, **more: Any) -> Any:
    """Draw it.

    Args:
        sign: the name of an icon; given as one, Streamlit would draw the arrow in its place on hover.
        whom: for whom it is, in one line.
        more: as `st.expander` takes it.
    """
    label = f"{bold(title)} {whom}" if whom else title
    return st.expander(f":material/{sign}: {label}", key=key, **more)
