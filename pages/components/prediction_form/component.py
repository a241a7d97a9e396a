"""The frame of a component in which something is given on the left, and answered on the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.assets import read, script

if TYPE_CHECKING:
    from streamlit.components.v2 import ComponentRenderer


def made(name: str, *scripts: str, styles: Sequence[str] = ()) -> ComponentRenderer:
    """The one called `name`, with `name`.html in its frame and the scripts beside it, of which the last exports it."""
    inside = read(__file__, f"{name}.html", "answer.html")
    return st.components.v2.component(
        f"casebook_trying_{name}",
        html=f'<div class="cb-try-place"><section class="cb-try" data-state="idle">{inside}</section></div>',
        css=read(__file__, "trying.css", *styles),
        js=script(__file__, "bars.js", "sight.js", "answer.js", *scripts),
    )
