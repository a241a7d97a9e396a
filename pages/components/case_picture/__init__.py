"""What a case does, as a drawing in the colours of the theme."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import cases
from cases.base import Case
from pages.shared.assets import read

_component = st.components.v2.component(
    "casebook_picture",
    html='<div class="cb-picture"></div>',
    css=read(__file__, "picture.css"),
    js="export default ({ data, parentElement: at }) => { at.querySelector('.cb-picture').innerHTML = data.svg }",
)


def show(case: Case) -> None:
    """Draw `picture.svg` out of the case's folder; nothing where it has none."""
    path = Path(cases.__file__).parent / case.name / "picture.svg"
    if path.exists():
        _component(key=f"picture_{case.name}", data={"svg": path.read_text("utf-8")})
