"""A link that a host sends to somebody: to make an account, or to choose a new password."""

from __future__ import annotations

import os

import streamlit as st

from pages.shared import reach
from pages.shared.i18n import _
from pages.shared.reach import HERE, Reach

URL = "CASEBOOK_URL"


def show(path: str) -> None:
    """To copy, with a warning where nobody else could open it."""
    found = _reach()
    st.code(f"{found.base.rstrip('/')}{path}", language=None, wrap_lines=True)
    if found.where == HERE:
        st.warning(
            _("This address opens on this machine only. Start Casebook on an address that others reach, or set "
              "{variable}.", variable=URL),
            icon=":material/wifi_off:",
        )  # fmt: skip


def _reach() -> Reach:
    told = os.environ.get(URL)
    return reach.of(told) if told else reach.of_app()
