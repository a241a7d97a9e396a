"""A line that everyone sees over every page."""

from __future__ import annotations

import streamlit as st

from pages.shared.i18n import _
from pages.shared.text import plain
from runs.identity import server_settings
from runs.identity.server_settings import LONGEST_NOTICE, NOTICE


def show() -> None:
    with st.form("notice_form", border=False):
        said = st.text_area(
            _("Line shown to everyone"), value=server_settings.value(NOTICE, ""), max_chars=LONGEST_NOTICE,
            key="notice_text", height=80, placeholder=_("Such as: on Saturday the server is updated at 9."),
        )  # fmt: skip
        if st.form_submit_button(_("Save"), type="primary"):
            server_settings.settle(NOTICE, " ".join((said or "").split()) or None)
            st.rerun()


def told() -> None:
    """Draw it where there is one."""
    if said := server_settings.value(NOTICE):
        st.info(plain(str(said)), icon=":material/campaign:")
