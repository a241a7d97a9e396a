"""A line that everyone sees over every page."""

from __future__ import annotations

import streamlit as st

from pages.shared import presses, session
from pages.shared.i18n import _
from pages.shared.text import plain
from runs.identity import server_settings
from runs.identity.server_settings import LONGEST_NOTICE, NOTICE

_READ = "notice_read"


def show() -> None:
    with st.form("notice_form", border=False):
        said = st.text_area(
            _("Line shown to everyone"), value=server_settings.value(NOTICE, ""), max_chars=LONGEST_NOTICE,
            key="notice_text", height=80, placeholder=_("Such as: on Saturday the server is updated at 9."),
        )  # fmt: skip
        st.form_submit_button(_("Save"), type="primary", on_click=presses.note, args=("notice",))
        if press := presses.of("notice"):
            press.over = True
            server_settings.settle(NOTICE, " ".join((said or "").split()) or None)
            st.rerun()


def told() -> None:
    """Draw it where there is one, until it was read and put away in this window; another one is shown again."""
    said = str(server_settings.value(NOTICE, ""))
    if not said or session.held(_READ, str) == said:
        return
    with st.container(key="notice", horizontal=True, vertical_alignment="center"):
        st.info(plain(said), icon=":material/campaign:")
        st.button(_("Hide"), key="notice_close", type="tertiary", icon=":material/close:", on_click=session.put,
                  args=(_READ, said))  # fmt: skip
