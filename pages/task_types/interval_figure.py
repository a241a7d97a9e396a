"""Metrics with their intervals, one below the other, alone or beside those of the model."""

from __future__ import annotations

from typing import Any

from models.evaluation.metrics import Interval, is_share
from pages.components import plot
from pages.shared import vocabulary
from pages.shared.i18n import _
from pages.shared.text import ACCENT, QUIET
from pages.task_types.figures import PERCENT

LEAST_REACH = 0.01  # of an axis


def show(
    names: list[str], values: list[Interval], *, key: str, metric: str, alt: str, model: Interval | None = None
) -> None:
    """Points with their 95 % intervals, the first on top; where they are no shares, as far as they reach.

    Args:
        model: beside which they stand; it is a line with a band across all of them.
    """
    middle = [v["value"] for v in values]
    trace = {
        "type": "scatter", "mode": "markers", "x": middle, "y": list(range(len(names))),
        "marker": {"size": 12, "color": QUIET if model else ACCENT}, "hoverinfo": "skip", "cliponaxis": False,
        "error_x": {
            "type": "data", "symmetric": False,
            "array": [v["high"] - v["value"] for v in values],
            "arrayminus": [v["value"] - v["low"] for v in values],
        },
    }  # fmt: skip
    reach = 1.1 * max(v["high"] for v in [*values, *([model] if model else [])])
    axis = PERCENT if is_share(metric) else {"range": [0, max(reach, LEAST_REACH)], "fixedrange": True, "nticks": 6}
    layout = {
        "margin": {"l": 8, "r": 16, "t": 28, "b": 8}, "xaxis": axis,
        "yaxis": {
            "range": [len(names) - 0.5, -0.5], "tickvals": list(range(len(names))),
            "ticktext": [f"{name}\N{EN SPACE}<b>{vocabulary.figure(metric, m)}</b>"
                         for name, m in zip(names, middle, strict=True)],
            "fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "",
        },
        **(_across(model, axis["range"][1]) if model else {}),
    }  # fmt: skip
    plot.show([trace], layout, key=key, height=60 + 40 * len(names), alt=alt)


def _across(model: Interval, end: float) -> dict[str, list[dict[str, Any]]]:
    """The model as a line in its interval; its name stands above, inside of an axis that goes from 0 to `end`."""
    high = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    place = model["value"] / end
    name = {
        "text": _("This model"), "x": model["value"], "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
        "xanchor": "left" if place < 0.1 else "right" if place > 0.9 else "center", "font": {"color": ACCENT},
    }  # fmt: skip
    return {
        "shapes": [
            {"type": "rect", "x0": model["low"], "x1": model["high"], "fillcolor": ACCENT, "opacity": 0.14,
             "line": {"width": 0}, **high},
            {"type": "line", "x0": model["value"], "x1": model["value"], "line": {"color": ACCENT, "width": 2}, **high},
        ],
        "annotations": [name],
    }  # fmt: skip
