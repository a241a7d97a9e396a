"""What each arm of a lesson answers all over a plane, beside one another: its boundary behind the held-out examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from models.lessons.epoch import FULL
from pages.components import plot
from pages.shared.i18n import _
from pages.shared.layout import abreast
from pages.shared.lesson_words import said
from pages.shared.text import QUIET, bold, plain, themed
from runs.lessons.files import Lesson
from runs.store.records import Run

HEIGHT = 270  # pixels of a panel
ABREAST = 3
CLASSES = "AB"  # what the two classes are called
COLOURS = (themed(5), themed(4))  # of the classes; the first of all are those of the arms
SYMBOLS, WRONG = ("circle", "diamond"), ("circle-x-open", "diamond-x-open")
SIZE = 7  # pixels of a right one; what is crossed needs a little more
GROUND = [  # from surely the second class, over as much for either, to surely the first
    [0, "rgba(192,74,128,0.5)"], [0.5 - 1e-6, "rgba(192,74,128,0.08)"],
    [0.5 + 1e-6, "rgba(61,143,216,0.08)"], [1, "rgba(61,143,216,0.5)"],
]  # fmt: skip
BOUNDARY = {"start": 0.5, "end": 0.5, "size": 1, "coloring": "heatmap"}


def show(run: Run, lesson: Lesson) -> None:
    """Draw the planes that the result has; of earlier runs, and where items are no points of a plane, it has none."""
    planes = (run.result or {}).get("planes", {})
    drawn = [(arm, planes[arm.id]) for arm in lesson.arms if arm.id in planes]
    if not drawn:
        return
    st.markdown(bold(_("What each predicts across the plane")))
    st.caption(_("Ground: the predicted class, blue A and pink B, fainter where it is less confident. Line: the "
                 "boundary. Points: held-out examples of the first repetition, ● A and ◆ B. Hollow with a cross: "
                 "wrong."))  # fmt: skip
    for place, (arm, plane) in abreast(drawn, ABREAST):
        with place:
            _panel(said(arm.name), plane, key=f"lesson_plane_{run.id}_{arm.id}")


def _panel(name: str, plane: Mapping[str, Any], *, key: str) -> None:
    points = plane["points"]
    wrong = sum(label != predicted for _x, _y, label, predicted in points)
    told = _("{wrong} of {n} wrong", wrong=wrong, n=len(points))
    st.markdown(f"{plain(name)} · {told}")
    alt = _("{name}: the class predicted across the plane, and the held-out examples. {told}.", name=name, told=told)
    plot.show([_ground(plane), *_points(points)], _layout(plane), key=key, height=HEIGHT, alt=alt)


def _ground(plane: Mapping[str, Any]) -> dict[str, Any]:
    """The probability of the first class at every place of the grid, with a line where it is a half."""
    grid = np.array(plane["grid"]) / FULL
    side = round(len(grid) ** 0.5)
    (left, right), (low, high) = plane["x"], plane["y"]
    return {
        "type": "contour", "z": grid.reshape(side, side).tolist(), "zmin": 0, "zmax": 1, "colorscale": GROUND,
        "x0": left, "dx": (right - left) / (side - 1), "y0": low, "dy": (high - low) / (side - 1),
        "showscale": False, "autocontour": False, "contours": BOUNDARY, "line": {"width": 1.5, "color": QUIET},
        "hovertemplate": _("Probability of class A: {p}", p="%{z:.0%}") + "<extra></extra>",
    }  # fmt: skip


def _points(points: Sequence[tuple[float, float, int, int]]) -> list[dict[str, Any]]:
    """A trace for each class."""
    traces = []
    for number, name in enumerate(CLASSES):
        some = [point for point in points if point[2] == number]
        traces.append({
            "type": "scatter", "mode": "markers", "x": [x for x, *_rest in some], "y": [y for _x, y, *_rest in some],
            "marker": {"color": COLOURS[number], "opacity": 1, "line": {"color": COLOURS[number], "width": 1.2},
                       "size": [SIZE + 2 * (label != predicted) for _x, _y, label, predicted in some],
                       "symbol": [(SYMBOLS if label == predicted else WRONG)[number]
                                  for _x, _y, label, predicted in some]},
            "text": [_("class {label}, predicted {predicted}", label=name, predicted=CLASSES[predicted])
                     for _x, _y, _label, predicted in some],
            "hovertemplate": "%{text}<extra></extra>", "showlegend": False,
        })  # fmt: skip
    return traces


def _layout(plane: Mapping[str, Any]) -> dict[str, Any]:
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "nticks": 5}
    return {
        "xaxis": {**axis, "range": plane["x"], "title": {"text": _("First feature")}},
        "yaxis": {**axis, "range": plane["y"], "title": {"text": _("Second feature")}},
        "hovermode": "closest",
    }  # fmt: skip
