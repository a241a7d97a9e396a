"""The map of texts in groups: every text a point; what the network reads as alike lies together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from cases.clusters import Groups
from pages.components import plot
from pages.shared import address, session
from pages.shared.i18n import _
from pages.shared.text import COLOURS, MARKS, escaped, quoted, themed
from runs.api.numbers import whole
from runs.store.records import Run

SHORT, LONGEST = 24, 2000  # characters of a name in the legend, of the text beside the map


def colour(group: int) -> str:
    return COLOURS[group % len(COLOURS)]


def show(job: Run, groups: Groups, number: int, names: Sequence[str]) -> None:
    drawn = np.flatnonzero(groups.items["x"].notna())
    labels, xy = groups.of(number)[drawn], groups.items[["x", "y"]].to_numpy()[drawn].round(3)
    traces = [
        _points(xy[labels == group], drawn[labels == group], group, names[group] or _("Excluded"))
        for group in range(number)
    ]
    bare, key = {"visible": False}, f"groups_map_{job.id}"
    layout = {"xaxis": bare, "yaxis": bare, "hovermode": "closest",
              "legend": {"orientation": "h", "y": -0.02, "itemsizing": "constant"}}  # fmt: skip
    plot.show(traces, layout, key=key, height=460, drag="zoom", alt=_("Map of the texts, coloured by cluster"),
              on_picked=lambda: address.change(text=session.told(key, "picked")))  # fmt: skip


def _points(xy: np.ndarray, rows: np.ndarray, group: int, name: str) -> dict[str, Any]:
    title = f"{group + 1} · {name if len(name) <= SHORT else name[:SHORT] + '…'}"
    return {
        "type": "scatter", "mode": "markers", "name": escaped(title), "x": xy[:, 0].tolist(), "y": xy[:, 1].tolist(),
        "customdata": [str(row) for row in rows], "hoverinfo": "name",
        "marker": {"color": themed(group), "symbol": MARKS[group // len(COLOURS) % len(MARKS)], "size": 6,
                   "opacity": 0.75},
    }  # fmt: skip


def picked(groups: Groups, number: int, names: Sequence[str]) -> None:
    """The text of the point that was clicked, which the address names."""
    with st.container(border=True, height=350):
        _picked(groups, number, names)


def _picked(groups: Groups, number: int, names: Sequence[str]) -> None:
    row = whole(st.query_params.get("text"))
    if row is None or row >= len(groups.items):
        st.caption(_("Each point is a text, projected by t-SNE: neighbours are similar, axes mean nothing. "
                     "Click to read it, drag to zoom, double-click to reset."))  # fmt: skip
        return
    group = int(groups.of(number)[row])
    name = quoted(names[group], LONGEST) or _("Excluded")
    st.markdown(f':color[●]{{foreground="{colour(group)}"}} **{group + 1}** · {name}')
    st.markdown(quoted(groups.items["text"].iat[row], LONGEST))
