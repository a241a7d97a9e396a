"""All trainings of a lesson laid over one another: a colour for each arm, the repetitions faint behind the first."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

from pages.components import plot
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
JUMP = 20  # times the usual value: a loss that jumps so far would press all others flat


def show(run: Run, lesson: Lesson) -> None:
    """Draw what there is until now; while the run works it is drawn again with what is new."""
    if lesson.along:
        point_figure.show(run, lesson)
        return
    found = curves.of(run, lesson.curve)
    traces = [_line(lesson, *which, *curve) for which, curve in sorted(found.items(), key=lambda one: -one[0][1])
              if not which[1] or lesson.curve != "batches"]  # fmt: skip
    layout = _layout(lesson, _jumps(found))
    plot.show(
        traces or [{"type": "scatter", "x": [], "y": []}], layout, key=f"lesson_figure_{run.id}",
        height=HEIGHT, alt=_("{measure} of every training, epoch by epoch", measure=measure(lesson.curve)),
    )  # fmt: skip


def _line(lesson: Lesson, arm: int, repetition: int, epochs: list[float], values: list[float]) -> dict[str, Any]:
    name = said(lesson.arms[arm].name)
    return {
        "type": "scatter", "mode": "lines", "x": epochs, "y": values, "name": escaped(name), "legendgroup": name,
        "showlegend": not repetition, "legendrank": arm, "opacity": FAINT if repetition else 1.0,
        "line": {"color": themed(arm), "width": 1 if repetition or lesson.curve == "batches" else 2.5},
        "hoverinfo": "skip" if repetition else "x+y+name",
    }  # fmt: skip


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
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        "hovermode": "closest", "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
    }  # fmt: skip
