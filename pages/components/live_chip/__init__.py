"""The status of a run at work and the time left, as a chip: what the live view of the page hears, it repeats."""

from __future__ import annotations

import streamlit as st

from pages.shared.assets import read, script

_component = st.components.v2.component(
    "casebook_live_chip",
    html='<p class="cb-chip"><b></b><span></span></p>',
    css=read(__file__, "chip.css"),
    js=script(__file__, "chip.js"),
)


def show(status: str, word: str, *, key: str) -> None:
    """Draw it in a row of others.

    Args:
        status: as the store has it; shown until the live view tells more, as is the next.
        word: the status in words.
    """
    _component(key=key, data={"status": status, "word": word}, width="content")
