"""Texts that are typed or pasted into a collection, one a line."""

from __future__ import annotations

import streamlit as st

from pages.parts import owner
from pages.parts.language import _
from runs import pasting


def lines(draft: str, split: str, example: str) -> None:
    label, text = f"paste_label_{draft}", f"paste_text_{draft}"
    with st.form(f"paste_{draft}", enter_to_submit=False):
        st.text_input(
            _("Class of these lines"), key=label, max_chars=100, placeholder=example,
            help=_("Leave it empty where each line holds its class: the text, a tab, the class. Lines copied from a "
                   "spreadsheet are like that."),
        )  # fmt: skip
        st.text_area(_("Texts, one a line"), key=text, height=140, placeholder=_("Type or paste here"))
        st.form_submit_button(
            _("Add these lines"), icon=":material/playlist_add:", on_click=_add, args=(draft, label, text, split)
        )


def _add(draft: str, label: str, text: str, split: str) -> None:
    if pasting.add(owner.current(), draft, st.session_state[text], st.session_state[label], split):
        st.session_state[text] = ""
