"""The figure of a lesson whose arms are points: each where its training stands now, joined to lines."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from statistics import mean
from typing import Any

from pages.shared.i18n import _
from pages.shared.lesson_words import SHARES, measure, said, under_pointer
from pages.shared.text import escaped, themed
from runs.lessons import curves
from runs.lessons.curves import Curve
from runs.lessons.files import Lesson
from runs.store.records import Run

DASHES = ("solid", "dash", "dot", "dashdot")  # so that lines are told apart without their colours, too
EDGE = 0.1  # decades beside the first and the last point
SYMBOLS = ("circle", "square", "diamond", "triangle-up")


def drawn(run: Run, lesson: Lesson) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """Traces, layout, and what is said of the figure to who does not see it."""
    alt = _("{measure} of every line, point by point", measure=measure(lesson.curve))
    return _traces(lesson, curves.of(run, lesson.curve)), _layout(lesson), alt


def _traces(lesson: Lesson, found: Mapping[tuple[int, int], Curve]) -> list[dict[str, Any]]:
    """A line for each of the lesson's: at a point the mean of its repetitions until now, of each the last value."""
    now: dict[tuple[str, float], list[float]] = defaultdict(list)
    for (arm, _repetition), (_epochs, values) in found.items():
        now[lesson.arms[arm].line, lesson.arms[arm].at].append(values[-1])
    drawn = []
    for number, (line, name) in enumerate(lesson.lines.items()):
        points = sorted((at, mean(values)) for (of, at), values in now.items() if of == line)
        drawn.append({
            "type": "scatter", "mode": "lines+markers", "name": escaped(said(name)),
            **under_pointer(lesson.curve, escaped(said(name))),
            "x": [at for at, _value in points], "y": [value for _at, value in points],
            "line": {"color": themed(number), "width": 2.5, "dash": DASHES[number % len(DASHES)]},
            "marker": {"color": themed(number), "size": 9, "symbol": SYMBOLS[number % len(SYMBOLS)]},
        })  # fmt: skip
    return drawn


def _layout(lesson: Lesson) -> dict[str, Any]:
    """The steps between points are factors, so the axis below is logarithmic."""
    places = sorted({arm.at for arm in lesson.arms})
    scale = {"tickformat": ".0%", "range": [0, 1.02]} if lesson.curve in SHARES else {}
    return {
        "xaxis": {"title": {"text": said(lesson.along)}, "type": "log", "tickvals": places, "fixedrange": True,
                  "range": [math.log10(places[0]) - EDGE, math.log10(places[-1]) + EDGE],
                  "ticktext": [f"{place:g}" for place in places]},
        "showlegend": True,
        "yaxis": {"title": {"text": measure(lesson.curve)}, "fixedrange": True, **scale},
    }  # fmt: skip
