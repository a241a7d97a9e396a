"""All trainings of a lesson laid over one another: a colour for each arm, the repetitions faint behind the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from textwrap import wrap
from typing import Any

from pages.components import plot
from pages.shared import i18n
from pages.shared.i18n import _
from pages.shared.lesson_words import SHARES, measure, said
from pages.shared.text import escaped, themed
from pages.steps.lesson import point_figure
from runs.lessons import curves
from runs.lessons.files import Lesson
from runs.store.records import Run

HEIGHT = 340  # pixels
FAINT = 0.3
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
    plot.show(traces or [{"type": "scatter", "x": [], "y": []}], {**COMMON, **layout}, key=f"lesson_figure_{run.id}",
              height=HEIGHT, alt=alt)  # fmt: skip


def _curves(run: Run, lesson: Lesson) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    found = curves.of(run, lesson.curve)
    longest = max((epochs[-1] for epochs, _values in found.values() if epochs), default=0.0)
    behind = sorted(found.items(), key=lambda one: -one[0][1])
    traces = [_line(lesson, *which, *curve, longest) for which, curve in behind
              if not which[1] or lesson.curve != "batches"]  # fmt: skip
    alt = _("{measure} of every training, epoch by epoch", measure=measure(lesson.curve))
    return traces, _layout(lesson, _jumps(found)), alt


def _line(
    lesson: Lesson, arm: int, repetition: int, epochs: list[float], values: list[float], longest: float
) -> dict[str, Any]:
    """What is there without training is as good in every epoch of the others: dashed, up to the `longest`."""
    name, style = said(lesson.arms[arm].name), {}
    if not lesson.arms[arm].model.epochs(lesson.arms[arm].settings):
        epochs, values, style = [0.0, longest], [*values, *values], {"dash": "dash"}
    return {
        "type": "scatter", "mode": "lines", "x": epochs, "y": values, "name": escaped(name), "legendgroup": name,
        "showlegend": not repetition, "legendrank": arm, "opacity": FAINT if repetition else 1.0,
        "line": {"color": themed(arm), "width": 1 if repetition or lesson.curve == "batches" else 2.5, **style},
        "hoverinfo": "skip" if repetition else "x+y+name",
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
    share = lesson.curve in SHARES
    scale = {"tickformat": ".0%"} if share else {}
    if lesson.curve in LOGARITHMIC or (jumps and not share):
        scale |= {"type": "log", "exponentformat": "power"}
    return {
        "xaxis": {"title": {"text": _("Epoch")}, "rangemode": "tozero", "fixedrange": True},
        "yaxis": {"title": {"text": measure(lesson.curve)}, "fixedrange": True, **scale},
    }  # fmt: skip
