"""All trainings of a lesson laid over one another: a colour for each arm, its mean bold before its repetitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean, median
from textwrap import wrap
from typing import Any

import streamlit as st

from pages.components import plot
from pages.shared import i18n
from pages.shared.i18n import _
from pages.shared.lesson_words import SHARES, measure, said, under_pointer
from pages.shared.text import escaped, themed
from pages.steps.lesson import point_figure
from runs.lessons import curves
from runs.lessons.curves import Curve
from runs.lessons.files import Lesson
from runs.store.records import Run

HEIGHT = 340  # pixels
FAINT = 0.3
BATCHES = "batches"  # a curve of single batches: a mean over repetitions would say nothing of their noise
LOGARITHMIC = ("gradient",)  # curves that differ by orders of magnitude
COMMON = {
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    "margin": {"l": 8, "r": 8, "t": 24, "b": 8}, "hovermode": "closest",
}  # fmt: skip
ABOVE = 1.1  # times the highest bar, so that its figure has room
LABEL = 13  # characters of a line under a group of bars
JUMP = 20  # times the usual value: a loss that jumps so far would press all others flat


def show(run: Run, lesson: Lesson) -> None:
    """Draw what there is until now; while the run works it is drawn again with what is new."""
    draw = point_figure.drawn if lesson.along else _curves if lesson.curve else _bars
    traces, layout, alt = draw(run, lesson)
    empty = not any(len(trace["x"]) for trace in traces)
    if empty:  # axes without a value would have any scale
        traces, layout = (
            [{"type": "scatter", "x": [], "y": []}],
            {axis: {"visible": False} for axis in ("xaxis", "yaxis")},
        )
    plot.show(traces, {**COMMON, **layout}, key=f"lesson_figure_{run.id}", height=HEIGHT, alt=alt)
    if not empty and (told := _legend(lesson)):
        st.caption(told)


def _legend(lesson: Lesson) -> str:
    """Which lines mean what, where there is more than one kind of them."""
    if lesson.beside:
        return _("Solid: {curve}. Dotted: {beside}. Means of {n} repetitions.", curve=measure(lesson.curve),
                 beside=measure(lesson.beside), n=lesson.repetitions)  # fmt: skip
    if lesson.along or not lesson.curve or lesson.curve == BATCHES or lesson.repetitions == 1:
        return ""
    return _("Bold: mean of {n} repetitions. Faint: each of them.", n=lesson.repetitions)


def _curves(run: Run, lesson: Lesson) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    found = curves.of(run, lesson.curve)
    longest = max((epochs[-1] for epochs, _values in found.values() if epochs), default=0.0)
    every = [] if lesson.beside or lesson.curve == BATCHES else sorted(found.items(), reverse=True)
    traces = [_line(lesson, arm, curve, longest, width=1, opacity=FAINT) for (arm, _repetition), curve in every]
    if lesson.beside:
        traces += [_line(lesson, arm, curve, longest, width=2, dash="dot")
                   for arm, curve in _means(curves.of(run, lesson.beside)).items()]  # fmt: skip
    first = {arm: curve for (arm, repetition), curve in found.items() if not repetition}
    bold = first if lesson.curve == BATCHES else _means(found)
    width = 1 if lesson.curve == BATCHES else 2.5
    traces += [_line(lesson, arm, curve, longest, width=width, told=True) for arm, curve in bold.items()]
    alt = _("{measure} of every training, epoch by epoch", measure=measure(lesson.curve))
    return traces, _layout(lesson, _jumps(found)), alt


def _means(found: Mapping[tuple[int, int], Curve]) -> dict[int, Curve]:
    """Of each arm the mean of its repetitions, at each epoch of as many as have come so far."""
    values: dict[int, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (arm, _repetition), (epochs, some) in found.items():
        for epoch, value in zip(epochs, some, strict=True):
            values[arm][epoch].append(value)
    return {arm: (sorted(told), [fmean(told[epoch]) for epoch in sorted(told)]) for arm, told in sorted(values.items())}


def _line(
    lesson: Lesson, arm: int, curve: Curve, longest: float, *, width: float, opacity: float = 1.0, dash: str = "solid",
    told: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """What is there without training is as good in every epoch of the others: dashed, up to the `longest`.

    `told`: in the legend, and under the pointer.
    """
    name, (epochs, values) = said(lesson.arms[arm].name), curve
    if not lesson.arms[arm].model.epochs(lesson.arms[arm].settings):
        epochs, values, dash = [0.0, longest], [values[-1], values[-1]], "dash"
    return {
        "type": "scatter", "mode": "lines", "x": epochs, "y": values, "name": escaped(name), "legendgroup": name,
        "showlegend": told, "legendrank": arm, "opacity": opacity,
        "line": {"color": themed(arm), "width": width, "dash": dash},
        **(under_pointer(lesson.curve, escaped(name)) if told else {"hoverinfo": "skip"}),
    }  # fmt: skip


def _bars(run: Run, lesson: Lesson) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """Arms without epochs: of each its measures, as means over the repetitions until now."""
    names = [name for name in lesson.measures if name in SHARES]
    ends = curves.ends(run)
    of_arm = [[values for (number, _repetition), values in ends.items() if number == arm]
              for arm in range(len(lesson.arms))]  # fmt: skip
    traces = [_bar(said(arm.name), number, {name: [float(one[name]) for one in some] for name in names})
              for number, (arm, some) in enumerate(zip(lesson.arms, of_arm, strict=True)) if some]  # fmt: skip
    highest = max((value for one in traces for value in one["y"]), default=1.0)
    layout = {
        "barmode": "group", "bargap": 0.12, "xaxis": {"fixedrange": True, "automargin": True, "showgrid": False},
        "yaxis": {"tickformat": ".0%", "range": [0, ABOVE * max(highest, 0.01)], "fixedrange": True},
        "showlegend": True,
    }  # fmt: skip
    return traces, layout, _("Measures of every arm: {measures}", measures=i18n.listed(map(measure, names)))


def _bar(name: str, arm: int, told: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    return {
        "type": "bar", "x": [_wrapped(measure(one)) for one in told], "y": [*map(fmean, told.values())],
        "name": escaped(name), "legendrank": arm, "marker": {"color": themed(arm)}, "texttemplate": "%{y:.0%}",
        "textposition": "outside", "textfont": {"size": 10}, "textangle": 0, "constraintext": "none",
        "cliponaxis": False, "hovertemplate": "%{y:.1%}",
    }  # fmt: skip


def _wrapped(text: str) -> str:
    """In lines that fit under a group of bars on a phone."""
    return "<br>".join(escaped(line) for line in wrap(text, LABEL))


def _jumps(found: Mapping[tuple[int, int], tuple[list[float], list[float]]]) -> bool:
    values = [value for _epochs, curve in found.values() for value in curve if value > 0]
    return bool(values) and max(values) > JUMP * median(values)


def _layout(lesson: Lesson, jumps: bool) -> dict[str, Any]:
    share, drawn = lesson.curve in SHARES, (lesson.curve, lesson.beside)
    scale, title = {"tickformat": ".0%"} if share else {}, i18n.listed(map(measure, filter(None, drawn)))
    if lesson.curve in LOGARITHMIC or (jumps and not share):
        scale |= {"type": "log", "tickformat": "~g", "nticks": 5}  # whole numbers: 0.02, not a 2 between two powers
        title = f"{title} · {_('Logarithmic scale')}"
    return {
        "xaxis": {"title": {"text": _("Epoch")}, "rangemode": "tozero", "fixedrange": True},
        "yaxis": {"title": {"text": title}, "fixedrange": True, **scale},
    }  # fmt: skip
