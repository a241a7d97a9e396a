"""The trials as parallel coordinates: a line for each, from setting to setting to its score (Inselberg 1985)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

import cases
from cases.settings import knobs
from pages.components import plot
from pages.shared import address, session, vocabulary
from pages.shared.i18n import _
from pages.shared.text import ACCENT, GROUND, QUIET, escaped
from pages.steps.search import trials
from runs.search.journal import Journal, Trial
from runs.store.records import Run

FEWEST = 2  # trials that a figure is worth
HEIGHT, WIDE = 360, 116  # pixels; for each axis
ABOVE = 0.015  # of the height, between a point and the words over it
INSIDE = 0.06  # of the height, between the ends of an axis and its outermost values
OPENED = "search_line_opened"  # in the session: a line was clicked


@dataclass(frozen=True)
class Axis:
    """`places`: of each trial from 0 to 1, None where it has no such value; `ticks`: place → what stands there."""

    title: str
    places: list[float | None]
    ticks: dict[float, str]


def show(run: Run, known: Journal) -> None:
    """Draw the trials that have a score; a click on one opens it: the whole page is drawn anew, not this fragment."""
    if session.held(OPENED, bool, False):
        st.session_state[OPENED] = False
        st.rerun()
    some = scored(known)
    axes, key = _axes(run, known, some), f"search_lines_{run.id}"
    order = sorted(range(len(some)), key=lambda place: some[place].run == known.best)  # the best lies above
    traces = [_line(run, known, some[place], [axis.places[place] for axis in axes]) for place in order]
    plot.show(
        traces, _layout(axes), key=key, height=HEIGHT,
        least_width=WIDE * len(axes), alt=_("Trials of the search: settings and validation score"),
        on_picked=lambda: _open(key, some),
    )  # fmt: skip
    st.caption(_("Each line is a trial; the best is highlighted. Click a line to open its run."))


def scored(known: Journal) -> list[Trial]:
    """The trials that have a score, whether they ended early or not."""
    return [one for one in known.trials if one.value is not None]


def _open(key: str, some: Sequence[Trial]) -> None:
    picked = session.told(key, "picked")
    if picked in {one.run for one in some}:
        address.change(run=str(picked), data=None, see=None, cell=None, item=None)
        st.session_state[OPENED] = True


def _axes(run: Run, known: Journal, some: Sequence[Trial]) -> list[Axis]:
    labels, metric = knobs(cases.get(run.case).Settings), vocabulary.task_of(run).metric
    axes = []
    for name in trials.columns(run, known):
        values, title = [one.settings.get(name) for one in some], _(labels[name][1].label)
        if labels[name][1].options is None and not labels[name][1].tried_values:
            axes.append(_numbers(title, values, vocabulary.number, scale=math.log10))
        else:
            told = [None if value is None else trials.setting(run, name, value) for value in values]
            axes.append(_names(title, told))
    spent = [None if one.known else max(one.seconds, 1.0) for one in some]
    axes.append(_numbers(_("Time"), spent, _seconds, scale=math.log10))
    scores = [one.value for one in some]
    return [*axes, _numbers(vocabulary.metric(metric), scores, lambda value: vocabulary.figure(metric, value))]


def _seconds(value: float) -> str:
    return _("{n} s", n=f"{value:.0f}")


def _numbers(title: str, values: Sequence[Any], told: Any, scale: Any = float) -> Axis:
    there = [scale(value) for value in values if value]
    low, high = (min(there), max(there)) if there else (0.0, 0.0)
    wide = (high - low) or 1.0

    def place(value: float) -> float:
        return INSIDE + (1 - 2 * INSIDE) * ((scale(value) - low) / wide if high > low else 0.5)

    places = [place(value) if value else None for value in values]
    ends = [value for value in values if value and scale(value) in (low, high)]
    return Axis(title, places, {place(value): told(value) for value in ends})


def _names(title: str, values: Sequence[str | None]) -> Axis:
    names = list(dict.fromkeys(value for value in values if value is not None))
    step = (1 - 2 * INSIDE) / max(1, len(names) - 1)
    where = {name: INSIDE + number * step if len(names) > 1 else 0.5 for number, name in enumerate(names)}
    places = [None if value is None else where[value] for value in values]
    return Axis(title, places, {place: name for name, place in where.items()})


def _line(run: Run, known: Journal, one: Trial, places: Sequence[float | None]) -> dict[str, Any]:
    best = one.run == known.best
    told = f"{trials.called(run, one)} · {trials.interval(run, one)}"
    return {
        "type": "scatter", "mode": "lines+markers", "x": list(range(len(places))), "y": list(places),
        "connectgaps": True, "showlegend": False, "customdata": [one.run] * len(places),
        "hoverinfo": "text", "hovertext": escaped(told), "opacity": 1.0 if best else 0.55,
        "line": {"color": ACCENT if best else QUIET, "width": 3 if best else 1.5,
                 "dash": "solid" if one.counts else "dot"},
        "marker": {"size": 7, "color": ACCENT if best else QUIET},
    }  # fmt: skip


def _marks(number: int, axis: Axis) -> list[dict[str, Any]]:
    """What stands at an axis, over its line."""
    return [
        {"x": number, "y": place + ABOVE, "text": escaped(text), "yanchor": "bottom", "showarrow": False,
         "font": {"size": 11}, "bgcolor": GROUND, "borderpad": 1}
        for place, text in axis.ticks.items()
    ]  # fmt: skip


def _layout(axes: Sequence[Axis]) -> dict[str, Any]:
    upright = [{"type": "line", "x0": n, "x1": n, "y0": 0, "y1": 1, "layer": "below",
                "line": {"color": QUIET, "width": 1}} for n in range(len(axes))]  # fmt: skip
    bare = {"showgrid": False, "zeroline": False, "showline": False, "ticks": "", "fixedrange": True}
    return {
        "xaxis": {**bare, "tickvals": list(range(len(axes))), "ticktext": [escaped(axis.title) for axis in axes],
                  "side": "top", "range": [-0.5, len(axes) - 0.5]},
        "yaxis": {"visible": False, "range": [-0.05, 1.12], "fixedrange": True},
        "shapes": upright, "hovermode": "closest",
        "annotations": [mark for number, axis in enumerate(axes) for mark in _marks(number, axis)],
    }  # fmt: skip
