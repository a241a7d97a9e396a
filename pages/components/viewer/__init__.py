"""One picture, whole: it is enlarged where it is clicked, by the wheel, with two fingers, by buttons and by keys."""

from __future__ import annotations

import streamlit as st

from pages.shared.assets import read, script
from pages.shared.i18n import _

_component = st.components.v2.component(
    "casebook_viewer",
    html=read(__file__, "viewer.html"),
    css=read(__file__, "viewer.css"),
    js=script(__file__, "viewer.js"),
)


def show(src: str, small: str, *, name: str, key: str) -> None:
    """Draw the picture at `src`; where the browser cannot show that, the one at `small`, which may be cut square."""
    words = {
        "how": _("Zoom: click, scroll, pinch, or the keys + and −"),
        "in": _("Zoom in"), "out": _("Zoom out"), "whole": _("Show the whole picture"),
        "cut": _("This browser cannot show the file. Shown instead: the square the model receives."),
    }  # fmt: skip
    _component(key=key, data={"src": src, "small": small, "name": name, "words": words})
