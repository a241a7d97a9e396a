"""Slices of the test part one below the other: size, metric with its interval on a line, and how far from the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict

import streamlit as st

from pages.shared.assets import read, script


class Row(TypedDict):
    """A slice; the texts are shown as they are, never as markup. Places on the line go from 0 to 1."""

    id: str  # comes back when it is picked
    name: str
    size: str
    figure: str
    at: float
    low: float
    high: float
    interval: str
    difference: str
    chance: str  # the corrected p-value in words
    worse: bool  # whether it is significantly worse


_component = st.components.v2.component(
    "casebook_slices",
    html='<ol class="cb-slices"></ol>',
    css=read(__file__, "list.css"),
    js=script(__file__, "list.js"),
)


def show(
    rows: Sequence[Row], *, key: str, whole: float, whole_told: str, chosen: str | None, on_picked: Callable[[], None]
) -> None:
    """Draw the slices.

    Args:
        whole: the metric of all test examples on the line, `whole_told` in words.
        chosen: the id of the slice that is marked.
        on_picked: finds the id in `session.told(key, "picked")`.
    """
    data = {"rows": list(rows), "whole": whole, "told": whole_told, "chosen": chosen}
    _component(key=key, data=data, on_picked_change=on_picked)
