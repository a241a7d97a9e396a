"""One figure, large: its interval and the strongest baseline on one line below it."""

from __future__ import annotations

from typing import NotRequired, TypedDict

import streamlit as st

from pages.shared.assets import read, script


class Mark(TypedDict):
    """A place on the line, from 0 to 1, and what stands there."""

    at: float
    told: str


class Figure(TypedDict):
    """The texts are shown as they are, never as markup; `low` and `high` as shares of the line."""

    value: str
    name: str
    of: str  # on how many it was measured
    interval: str
    at: float
    low: float
    high: float
    baseline: NotRequired[Mark]
    tone: str  # "above", "level" or "below" the baseline
    ends: list[str]  # what the line begins and ends with


_component = st.components.v2.component(
    "casebook_hero",
    html='<div class="cb-hero"></div>',
    css=read(__file__, "hero.css"),
    js=script(__file__, "hero.js"),
)


def show(figure: Figure, *, key: str) -> None:
    """Draw it."""
    _component(key=key, data=figure)
