"""The figures of an evaluation, as Plotly takes them."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any
from unicodedata import east_asian_width

import numpy as np

from models.evaluation import metrics
from models.evaluation.calibration import JUDGED, Reliability
from models.evaluation.learning_curve import LearningCurve, Point
from models.evaluation.rounded_shares import rounded
from pages.components import plot
from pages.shared import vocabulary
from pages.shared.i18n import _, labelled
from pages.shared.text import ACCENT, QUIET, WRONG, escaped

PERCENT = {"tickformat": ".0%", "range": [0, 1.02], "fixedrange": True}
BARE = {"showgrid": False, "zeroline": False, "showline": False, "fixedrange": True}
TOP_LEFT = {"x": 0.02, "xanchor": "left", "y": 0.98, "yanchor": "top"}  # of a legend, inside the plot
BOTTOM_LEFT = {"x": 0.02, "xanchor": "left", "y": 0.04, "yanchor": "bottom"}
DOTTED = {"dash": "dot", "width": 1.5, "color": QUIET}
LETTERED = 20  # classes up to which the cells of a matrix hold their number
ROOMY = 12  # classes up to which names and numbers of a matrix are of usual size
RIGHT_OR_WRONG = [  # from all of a row wrong in one cell, over nothing there, to all of it right
    [0, "rgba(201,90,24,0.72)"], [0.5 - 1e-6, "rgba(201,90,24,0.16)"], [0.5, "rgba(128,128,128,0.08)"],
    [0.5 + 1e-6, "rgba(21,144,132,0.16)"], [1, "rgba(21,144,132,0.72)"],
]  # fmt: skip
NAMES_BESIDE = 120  # pixels beside a matrix
LETTER, CELL = 8, 18  # pixels of a letter of usual size at most, and of a cell at least
Picked = Callable[[], None]


def matrix(
    counts: np.ndarray, names: list[str], numbers: list[int], *, share: bool, key: str, on_picked: Picked,
    items: plot.Shown | None = None,
) -> None:  # fmt: skip
    """Rows by label, columns by prediction; a cell's `customdata` is label-predicted; `items` as `plot.show` has it."""
    shares = _shares(counts)
    ticks, small = [escaped(short(name)) for name in names], len(names) > ROOMY
    trace = {
        "type": "heatmap", "z": _signed(shares).round(4).tolist(), "zmin": -1, "zmax": 1, "xgap": 1, "ygap": 1,
        "colorscale": RIGHT_OR_WRONG, "showscale": False,
        "customdata": [[f"{a}-{b}" for b in numbers] for a in numbers], "hoverinfo": "text",
        "hovertext": [[labelled(f"{a} → {b}", f"{n:,} · {s:.0%}") for b, n, s in zip(ticks, *row, strict=True)]
                      for a, *row in zip(ticks, counts, _told(shares), strict=True)],
    }  # fmt: skip
    written = cell_texts(counts, share=share)
    if written is not None:
        trace |= {"text": written, "texttemplate": "%{text}", **({"textfont": {"size": 10}} if small else {})}
    font = {"tickfont": {"size": 10}} if small else {}
    axis = {"tickvals": list(range(len(names))), "ticktext": ticks, "ticks": "", **font, **BARE}
    angle = 0 if len(names) <= 4 else -60 if not small else -90
    beyond = beyond_matrix(names) if angle == -60 else 8
    layout = {
        "margin": {"l": 8, "r": beyond, "t": 8, "b": 8},
        "xaxis": {**axis, "side": "top", "tickangle": angle, "ticklabeloverflow": "allow",
                  "title": {"text": _("Predicted"), "standoff": 12}},
        "yaxis": {**axis, "autorange": "reversed", "title": {"text": _("Label")}},
    }  # fmt: skip
    plot.show([trace], layout, key=key, height=170 + max(20, 46 - len(names)) * len(names), on_picked=on_picked,
              least_width=matrix_width(counts, share=share) + beyond - 8, items=items,
              alt=_("Confusion matrix: rows by label, columns by prediction"))  # fmt: skip


def beyond_matrix(names: list[str]) -> int:
    """Pixels right of a matrix into which its slanted names reach; Plotly leaves out a name that has no room there."""
    letters = [sum(2 if east_asian_width(one) in "WF" else 1 for one in short(name)) for name in names]
    reach = [LETTER * n / 2 - CELL * place for place, n in enumerate(reversed(letters))]  # cos 60° is a half
    return 8 + max(0, ceil(max(reach)))


def cell_texts(counts: np.ndarray, *, share: bool) -> list[list[str]] | None:
    """What stands in the cells of a matrix: counts, or percent of the row; None where they are too many."""
    if len(counts) > LETTERED:
        return None
    percent = "{:.0%}".format if len(counts) <= ROOMY else lambda part: f"{100 * part:.0f}"
    said = np.vectorize(percent)(_told(_shares(counts))) if share else np.vectorize("{:,}".format)(counts)
    return np.where(counts > 0, said, "").tolist()


def matrix_width(counts: np.ndarray, *, share: bool) -> int:
    """Pixels that a matrix takes at least, so that neither its names nor what is in its cells overlap."""
    written = cell_texts(counts, share=share) or [[""]]
    name, letter = (CELL, LETTER) if len(counts) <= ROOMY else (13, 6)  # slanted or upright; of usual size or small
    cell = max(name, 4 + letter * max(len(text) for row in written for text in row))
    return NAMES_BESIDE + cell * len(counts)


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def _signed(shares: np.ndarray) -> np.ndarray:
    """(classes, classes) shares of the row, negative beside the diagonal, so that what is wrong has its own colour."""
    return np.where(np.eye(len(shares), dtype=bool), shares, -shares)


def _told(shares: np.ndarray) -> np.ndarray:
    """In whole percent, each row a hundred together."""
    return np.array([rounded(row, 2) for row in shares])


def pairs(
    names: list[str], counts: list[int], cells: list[str], *, key: str, on_picked: Picked,
    items: plot.Shown | None = None,
) -> None:  # fmt: skip
    """Bars of label → predicted, the most frequent on top; `items` as `plot.show` has it."""
    trace = {
        "type": "bar", "orientation": "h", "y": list(range(len(names))), "x": counts, "text": counts,
        "customdata": cells, "marker": {"color": WRONG}, "textposition": "outside", "cliponaxis": False,
        "hoverinfo": "text",
        "hovertext": [labelled(escaped(name), f"{n:,}") for name, n in zip(names, counts, strict=True)],
    }  # fmt: skip
    ticks = {"tickvals": list(range(len(names))), "ticktext": [escaped(short(name, 36)) for name in names]}
    layout = {
        "yaxis": {**ticks, "autorange": "reversed", "ticks": "", **BARE},
        "xaxis": {"showticklabels": False, "ticks": "", **BARE},
        "bargap": 0.45,
    }
    plot.show([trace], layout, key=key, height=30 + 30 * len(names), on_picked=on_picked, items=items,
              alt=_("Most frequent confusions"))  # fmt: skip


def reliability(found: Reliability, *, key: str, before: Reliability | None = None) -> None:
    """How often the model was right among answers of like confidence, beside what a perfect one would show.

    `before`: the same without the temperature that was chosen.
    """
    share, judged = found.counts / found.counts.sum(), found.counts >= JUDGED
    size = 7 + 22 * np.sqrt(share)
    hover = np.array([_("{n:,} examples · confidence {confidence:.1%} · accuracy {accuracy:.1%}", n=int(n),
                        confidence=c, accuracy=a)
                      for n, c, a in zip(found.counts, found.confidence, found.accuracy, strict=True)])  # fmt: skip

    def points(some: np.ndarray) -> dict[str, Any]:
        places = {"x": found.confidence[some].tolist(), "y": found.accuracy[some].tolist()}
        return {"type": "scatter", **places, "hovertext": hover[some].tolist(), "hoverinfo": "text",
                "cliponaxis": False}  # fmt: skip

    line = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "hoverinfo": "skip", "line": DOTTED,
            "name": _("Perfectly calibrated")}  # fmt: skip
    main = {
        **points(judged), "mode": "lines+markers", "name": _("This model"), "line": {"color": ACCENT, "width": 1.5},
        "marker": {"color": ACCENT, "size": size[judged].tolist(), "opacity": 0.9},
    }  # fmt: skip
    few = [] if judged.all() else [{
        **points(~judged), "mode": "markers", "name": _("Fewer than {n} test examples: too few to judge", n=JUDGED),
        "marker": {"color": QUIET, "symbol": "circle-open", "size": size[~judged].tolist()},
    }]  # fmt: skip
    known = None if before is None else before.counts >= JUDGED
    earlier = [] if before is None else [{
        "type": "scatter", "mode": "lines+markers", "x": before.confidence[known].tolist(),
        "y": before.accuracy[known].tolist(),
        "name": _("Before temperature scaling"), "line": {"color": QUIET, "width": 1.5}, "marker": {"color": QUIET},
        "hoverinfo": "skip", "cliponaxis": False,
    }]  # fmt: skip
    layout = {
        "xaxis": {**PERCENT, "title": {"text": _("Confidence")}},
        "yaxis": {**PERCENT, "title": {"text": _("Accuracy")}},
        "legend": TOP_LEFT, "margin": {"l": 8, "r": 16, "t": 24, "b": 8},
    }  # fmt: skip
    plot.show(
        [line, *earlier, main, *few],
        layout,
        key=key,
        height=380,
        alt=_("Reliability diagram: accuracy by confidence, in ten bins"),
    )


def trade(least: np.ndarray, coverage: np.ndarray, accuracy: np.ndarray, now: float, *, key: str) -> None:
    """Coverage and accuracy of those answered, over the confidence that is asked for."""
    told = ((_("Accuracy"), accuracy, ACCENT), (_("Coverage"), coverage, WRONG))
    curves = [
        {"type": "scatter", "mode": "lines", "x": least.tolist(), "y": values.tolist(), "name": name,
         "line": {"color": colour, "width": 2}, "hovertemplate": "%{x:.0%}: %{y:.1%}<extra>" + name + "</extra>"}
        for name, values, colour in told
    ]  # fmt: skip
    mark = {"type": "line", "x0": now, "x1": now, "y0": 0, "y1": 1, "line": DOTTED}
    layout = {
        "xaxis": {**PERCENT, "title": {"text": _("Confidence threshold")}}, "yaxis": PERCENT, "shapes": [mark],
        "legend": BOTTOM_LEFT, "margin": {"l": 8, "r": 16, "t": 24, "b": 8},
    }  # fmt: skip
    plot.show(curves, layout, key=key, height=320, alt=_("Coverage and accuracy by confidence threshold"))


def learning(curve: LearningCurve, metric: str, counted: str, *, told: Callable[[Point], str], key: str) -> None:
    """A metric over training examples, with intervals, and dotted how it would go on.

    Args:
        counted: what lies along the axis; `told`: a point in words.
    """
    points, ahead, name = curve.points, curve.ahead, vocabulary.metric(metric)
    hover = lambda some: {"hoverinfo": "text", "hovertext": [told(one) for one in some]}  # noqa: E731
    band = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    traces = [
        {**band, "x": [one.n for one in ahead], "y": [one.high for one in ahead]},
        {**band, "x": [one.n for one in ahead], "y": [one.low for one in ahead], "fill": "tonexty",
         "fillcolor": "rgba(128,128,128,0.14)"},
        {"type": "scatter", "mode": "lines", "x": [one.n for one in ahead], "y": [one.value for one in ahead],
         "line": DOTTED, "name": _("Continuation (power law)"), **hover(ahead)},
    ] if ahead else []  # fmt: skip
    traces.append({
        "type": "scatter", "mode": "lines+markers", "x": [one.n for one in points],
        "y": [one.value for one in points], "name": _("Measured"), "line": {"color": ACCENT, "width": 2},
        "marker": {"color": ACCENT, "size": 8}, **hover(points),
        "error_y": {"type": "data", "symmetric": False, "array": [one.high - one.value for one in points],
                    "arrayminus": [one.value - one.low for one in points], "color": ACCENT, "thickness": 1.5},
    })  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": counted}, "rangemode": "tozero", "fixedrange": True},
        "yaxis": {**_reaching(metric, [*points, *ahead]), "title": {"text": name}},
        "legend": {"x": 0.98, "xanchor": "right", "y": 0.04, "yanchor": "bottom"},
        "margin": {"l": 8, "r": 16, "t": 24, "b": 8},
    }  # fmt: skip
    alt = _("Learning curve: {metric} by amount of training data", metric=name)
    plot.show(traces, layout, key=key, height=360, alt=alt)


def _reaching(metric: str, points: list[Point]) -> dict[str, Any]:
    """An axis from below the lowest of them; in percent up to the whole, else to above the highest."""
    lowest, highest = min(one.low for one in points), max(one.high for one in points)
    if metrics.is_share(metric):
        return {**PERCENT, "range": [max(0.0, lowest - 0.05), 1.02]}
    room = 0.25 * (highest - lowest)
    return {"range": [max(0.0, lowest - room), highest + room], "fixedrange": True}


def short(name: str, most: int = 18) -> str:
    """A name of at most so many characters, its beginning and its end: many names differ in one of them only."""
    end = (most - 1) // 2
    return name if len(name) <= most else f"{name[: most - 1 - end].rstrip()}…{name[-end:].lstrip()}"
