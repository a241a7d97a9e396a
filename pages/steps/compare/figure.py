"""The curves of several runs, in one figure for each metric by which they are measured."""

from __future__ import annotations

from typing import Any

import streamlit as st

from models.evaluation.metrics import FALLING, is_share
from pages.components import plot
from pages.shared import vocabulary
from pages.shared.i18n import _
from pages.shared.text import COLOURS, escaped, themed
from pages.steps.compare.run_names import named_apart
from runs.results.metric_history import Curve, History, history
from runs.store.records import Run

BUCKETS = 300  # of a curve, two points each: more than a screen can show of twenty
MARKED = 30  # points of a curve that are drawn as such
DASHES = ("solid", "dash")  # the second ten


def show(named: dict[str, Run]) -> None:
    """Draw one figure for each headline metric: what is measured otherwise has no place on the same axis."""
    of_metric: dict[tuple[str, str], list[str]] = {}
    for letter, run in named.items():
        metric = vocabulary.task_of(run).metric
        of_metric.setdefault((metric, vocabulary.measured(run, metric)), []).append(letter)
    if len(of_metric) == 1:
        _figure(named, list(named), "", "")
        return
    st.caption(_("These runs are measured by different metrics, so each metric has its own figure."))
    for number, ((metric, title), letters) in enumerate(of_metric.items()):
        st.subheader(title, anchor=False)
        _figure(named, letters, metric, f"_{metric.replace('@', '_')}_{number}")


@st.fragment
def _figure(named: dict[str, Run], letters: list[str], headline: str, suffix: str) -> None:
    """Draw the runs with these letters, each in the colour of its place among all.

    Args:
        headline: the metric that is shown first; "" for the first that the runs have.
        suffix: tells the fields of several figures apart.
    """
    histories = {letter: history(named[letter]) for letter in letters}
    metrics = list(dict.fromkeys(name for one in histories.values() for name in one.validation)) or ["loss"]
    first = headline if headline in metrics else metrics[0]
    with st.container(horizontal=True):
        metric = st.segmented_control(
            _("Metric"), metrics, default=first, format_func=vocabulary.metric, key=f"compare_metric{suffix}",
            label_visibility="collapsed", required=True, wrap=True,
        )  # fmt: skip
        across = st.segmented_control(
            _("X axis"), ["epoch", "seconds"], default="epoch", format_func=_across, key=f"compare_across{suffix}",
            label_visibility="collapsed", required=True, wrap=True,
        )  # fmt: skip
    names = named_apart(named)
    traces = [
        trace
        for number, letter in enumerate(named)
        if letter in histories
        for trace in _traces(names[letter], histories[letter], metric, across, number)
    ]
    layout = {
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "showlegend": True, "hovermode": "closest",
        "legend": {"orientation": "h", "y": -0.1, "yanchor": "top", "x": 0},
        "xaxis": {"rangemode": "tozero"},
        "yaxis": {"tickformat": ",.3~%" if metric != "loss" and is_share(metric) else ""},
    }  # fmt: skip
    plot.show(
        traces, layout, key=f"compare_curves{suffix}", alt=_("Learning curves of the selected runs"), height=460,
        drag="zoom",
    )  # fmt: skip
    told = [_("Drag to zoom, double-click to reset. Click a name to hide its curve.")]
    if metric == "loss":
        told.append(_("Thin: training loss per batch (downsampled, peaks kept). Thick: validation loss."))
    elif metric in FALLING:
        told.append(_("Lower is better."))
    st.caption("  \n".join(told))


def _across(name: str) -> str:
    return {"epoch": _("Epoch"), "seconds": _("Time (s)")}[name]


def _traces(name: str, one: History, metric: str, across: str, number: int) -> list[dict[str, Any]]:
    """The validation curve, and for the loss the training curve behind it; both go when the name is clicked."""
    line = {"color": themed(number), "dash": DASHES[number // len(COLOURS)]}
    label = escaped(name)
    drawn = []
    if metric == "loss":
        thin = _points(one.train.thinned(BUCKETS), across)
        drawn.append({**thin, "mode": "lines", "line": {**line, "width": 1}, "opacity": 0.45, "showlegend": False,
                      "hoverinfo": "skip"})  # fmt: skip
    if metric in one.validation:
        thick = _points(one.validation[metric].thinned(BUCKETS), across)
        mode = "lines+markers" if len(thick["x"]) <= MARKED else "lines"
        drawn.append({**thick, "mode": mode, "line": {**line, "width": 2}, "marker": {"size": 5}})
    return [{"type": "scatter", "name": label, "legendgroup": label, **trace} for trace in drawn]


def _points(curve: Curve, across: str) -> dict[str, list[float]]:
    """Five digits are finer than any screen."""
    return {
        axis: [float(f"{value:.5g}") for value in values.tolist()]
        for axis, values in (("x", getattr(curve, across)), ("y", curve.value))
    }
