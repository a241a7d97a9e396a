"""Figures that do not move."""

from __future__ import annotations

import re
from typing import Any

import plotly.graph_objects as go

CONFIG = {"displayModeBar": False}
ACCENT = "#159084"  # reads on light and dark alike


def plain(text: str) -> str:
    """A person's text inside Markdown: shown as it is, never as markup."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&])", r"\\\1", text)


def bars(names: list[str], values: list[float], unit: str) -> go.Figure:
    """Horizontal bars, the first on top."""
    trace = {
        "type": "bar", "orientation": "h", "marker": {"color": ACCENT},
        "y": [_escaped(n) for n in names], "x": values, "text": values,
        "textposition": "auto", "textangle": 0, "hovertemplate": "%{y}: %{x} " + unit + "<extra></extra>",
    }  # fmt: skip
    return _figure([trace], height=60 + 24 * len(names), yaxis={"autorange": "reversed", "type": "category"})


def intervals(names: list[str], values: list[dict[str, float]]) -> go.Figure:
    """Points with their 95 % intervals, as percent."""
    middle = [v["value"] for v in values]
    trace = {
        "type": "scatter", "mode": "markers+text", "x": middle, "y": names, "marker": {"size": 12, "color": ACCENT},
        "text": [f"{m:.1%}" for m in middle], "textposition": "top center", "hoverinfo": "skip", "cliponaxis": False,
        "error_x": {
            "type": "data", "symmetric": False,
            "array": [v["high"] - v["value"] for v in values],
            "arrayminus": [v["value"] - v["low"] for v in values],
        },
    }  # fmt: skip
    xaxis = {"tickformat": ".0%", "range": [0, 1.05]}
    return _figure([trace], height=80 + 50 * len(names), xaxis=xaxis, yaxis={"autorange": "reversed"})


def _figure(traces: list[dict[str, Any]], *, height: int, **layout: Any) -> go.Figure:
    margin = {"l": 8, "r": 16, "t": 24, "b": 32}
    yaxis = {"automargin": True, **layout.pop("yaxis", {})}
    return go.Figure(traces, {"height": height, "margin": margin, "dragmode": False, "yaxis": yaxis, **layout})


def _escaped(text: str) -> str:
    """Plotly reads some HTML in labels."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
