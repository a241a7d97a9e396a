"""A link that a host sends to somebody: to make an account, or to choose a new password."""

from __future__ import annotations

import os
from collections.abc import Mapping

import streamlit as st

from pages.shared import reach
from pages.shared.i18n import _
from pages.shared.reach import HERE, Reach

URL = "CASEBOOK_URL"
MANY = 10  # links, then they are scrolled


def show(path: str) -> None:
    """To copy, with a warning where nobody else could open it."""
    show_all({"": path})


def show_all(paths: Mapping[str, str]) -> dict[str, str]:
    """The same for several, each behind its name; returns name → link."""
    found = _reach()
    links = {name: f"{found.base.rstrip('/')}{path}" for name, path in paths.items()}
    lines = "\n".join(f"{name}\t{link}".lstrip("\t") for name, link in links.items())
    st.code(lines, language=None, wrap_lines=True, height=300 if len(links) > MANY else "content")
    if found.where == HERE:
        st.warning(
            _("This address opens on this machine only. Start Casebook on an address that others reach, or set "
              "{variable}.", variable=URL),
            icon=":material/wifi_off:",
        )  # fmt: skip
    return links


def _reach() -> Reach:
    told = os.environ.get(URL)
    return reach.of(told) if told else reach.of_app()
