"""The look that all pages share, beyond what `.streamlit/config.toml` has options for; and the logo."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
ICON = HERE / "logo" / "icon.svg"
LOGO = HERE / "logo" / "casebook.svg"


def wear() -> None:
    """Takes no room: a style sheet alone goes to where Streamlit keeps what is not drawn."""
    st.html(HERE / "look.css")
