"""How many examples each class has in each part: a bar for every class."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cases import ranges
from models.errors import N_
from pages.components import plot
from pages.shared import selection, session
from pages.shared.i18n import _, labelled
from pages.shared.text import escaped
from pages.task_types import division

MOST_NAMED = 150  # classes up to which each bar has its name beside it
ROOMY = 14  # classes up to which bars are of usual height
MOST_HEIGHT = 560  # pixels; more classes scroll
HEADROOM = 1.2  # of the tallest bar: there the legend lies
STACKED = {"barmode": "stack"}
CAPTIONS = {  # of very many classes, listed by size alone → what is said
    (True, True): N_("All {n:,} classes, largest first. Hover over a bar for its name."),
    (True, False): N_("All {n:,} classes. Hover over a bar for its name."),
    (False, True): N_("All {n:,} classes, largest first. Scroll inside the chart to see them all."),
    (False, False): N_("All {n:,} classes. Scroll inside the chart to see them all."),
}


def draw(counts: pd.DataFrame, *, key: str) -> None:
    """All classes: with their names where there is room, else as thin bars whose names a pointer tells.

    Args:
        counts: examples of each class (row) in train, validation and test; the largest class first, but for ranges.
    """
    by_size = not ranges.order(counts.index)
    many = len(counts) > MOST_NAMED
    height = 300 if many else 110 + (26 if len(counts) <= ROOMY else 21) * len(counts)
    if many or height > MOST_HEIGHT:
        st.caption(_(CAPTIONS[many, by_size], n=len(counts)))
    plot.show(
        _bars(counts, upright=many), _upright(counts, by_size) if many else _named(counts), key=key,
        height=height, most_height=MOST_HEIGHT,
        alt=_("Examples per class"),
        on_picked=lambda: selection.choose("class", session.told(key, "picked")),
    )  # fmt: skip


def _bars(counts: pd.DataFrame, *, upright: bool) -> list[dict[str, Any]]:
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    labels, places = [str(label) for label in counts.index], list(range(len(counts)))
    told = [_("{train:,} training, {validation:,} validation, {test:,} test", **row)
            for row in counts.to_dict("records")]  # fmt: skip
    along, across = ("y", "x") if upright else ("x", "y")
    return [
        {
            "type": "bar", "orientation": "v" if upright else "h", "name": name, along: counts[part].tolist(),
            across: places, "customdata": labels, "marker": {"color": division.COLOURS[part]}, "hoverinfo": "text",
            "hovertext": [labelled(escaped(label), words) for label, words in zip(labels, told, strict=True)],
        }
        for part, name in names.items()
    ]  # fmt: skip


def _named(counts: pd.DataFrame) -> dict[str, Any]:
    ticks = [escaped(str(label) if len(str(label)) <= 24 else f"{str(label)[:23]}…") for label in counts.index]
    return {
        **STACKED, "bargap": 0.3, "margin": {"l": 8, "r": 16, "t": 8, "b": 28},
        "legend": {"orientation": "h", "traceorder": "normal", "y": 1, "yanchor": "top", "x": 0},
        "xaxis": {"fixedrange": True, "side": "bottom" if len(ticks) <= ROOMY else "top"},
        "yaxis": {"tickvals": list(range(len(ticks))), "ticktext": ticks, "range": [len(ticks) - 0.4, -1.7],
                  "fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""},
    }  # fmt: skip


def _upright(counts: pd.DataFrame, by_size: bool) -> dict[str, Any]:
    return {
        **STACKED, "bargap": 0.15, "margin": {"l": 8, "r": 8, "t": 8, "b": 44}, "hovermode": "closest",
        "legend": {"orientation": "h", "traceorder": "normal", "y": 1, "yanchor": "top", "x": 1, "xanchor": "right"},
        "xaxis": {"fixedrange": True, "showticklabels": False, "showgrid": False, "ticks": "", "zeroline": False,
                  "range": [-0.7, len(counts) - 0.3],
                  "title": {"text": _("Classes, largest first") if by_size else _("Classes")}},
        "yaxis": {"fixedrange": True, "title": {"text": _("Examples")},
                  "range": [0, HEADROOM * int(counts.sum(axis=1).max())]},
    }  # fmt: skip
