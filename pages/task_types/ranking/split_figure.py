"""How what users had is divided, as a drawing: a row for each of a few users, a mark for each item they had."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from cases.ranking import timeline_sample
from cases.ranking.timeline_sample import TimelineSample
from pages.components import plot
from pages.shared.i18n import _, together
from pages.shared.text import escaped
from pages.task_types.data_report import DataReport
from pages.task_types.division import COLOURS
from pages.task_types.ranking.check_facts import glimpsed

LONGEST = 14  # characters of a name beside its row, so that a phone has room for the marks
MARKS = {  # told apart by their shape too; a test mark fits into one of validation, for both may be at the same moment
    "train": {"symbol": "circle", "size": 5, "opacity": 0.7},
    "validation": {"symbol": "diamond-open", "size": 13, "line": {"width": 2}},
    "test": {"symbol": "x", "size": 8},
}
DASHES = {"validation": "dot", "test": "dash"}
MINUTE, DAY = 60_000, 86_400_000  # milliseconds
TICKS = [  # without names of months, which Plotly has in English only
    {"dtickrange": [None, MINUTE], "value": "%H:%M:%S"},
    {"dtickrange": [MINUTE, DAY], "value": "%m-%d %H:%M"},
    {"dtickrange": [DAY, None], "value": "%Y-%m-%d"},
]


@st.fragment
def draw(checked: DataReport) -> None:
    """Nothing where it cannot be divided. A fragment: how it is drawn changes nothing else."""
    found = glimpsed(checked)
    if found is None:
        return
    glimpse, names = found
    ordered = not glimpse.timed or _asked(f"{checked.case.name}_division_along") == "order"
    st.caption(_told(glimpse, ordered))
    plot.show(_traces(glimpse, checked.dataset.samples["label"].to_numpy(), ordered), _layout(glimpse, names, ordered),
              key=f"{checked.case.name}_division", height=70 + 21 * len(names), drag="zoom",
              alt=_("Interactions of a few users, coloured by training, validation and test"))  # fmt: skip


def _asked(key: str) -> str:
    """Who had much at once sees it apart in the order."""
    ways = {"time": _("By time"), "order": _("By order")}
    return st.segmented_control(_("Horizontal axis"), list(ways), format_func=ways.get, default="time", required=True,
                                key=key, label_visibility="collapsed", wrap=True)  # fmt: skip


def _told(glimpse: TimelineSample, ordered: bool) -> str:
    n = len(glimpse.people)
    if glimpse.timed and ordered:
        what = _("{n} random users, one row each. Each mark is an interaction, in order.", n=n)
    elif glimpse.dated:
        what = _("{n} random users, one row each. Each mark is an interaction, placed by time.", n=n)
    elif glimpse.timed:
        what = _("{n} random users, one row each. Each mark is an interaction, in the order given by the data.", n=n)
    else:
        what = _("{n} random users, one row each. Each mark is an interaction, in file order; times are unknown.", n=n)
    thinned = _("At most {most} training interactions per user are shown.", most=timeline_sample.MOST_LEARNT)
    lines = _("Validation starts at the dotted line, the test at the dashed line.")
    two = len(glimpse.moments) == len(DASHES) and not ordered
    return together(what, thinned if glimpse.thinned else "", lines if two else "",
                    _("Drag to zoom, double-click to reset."))  # fmt: skip


def _traces(glimpse: TimelineSample, titles: np.ndarray, ordered: bool) -> list[dict[str, Any]]:
    parts = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    across = glimpse.place if ordered else _across(glimpse, glimpse.time)
    told = [" · ".join(filter(None, words)) for words in zip(map(escaped, titles[glimpse.item]), _moments(glimpse),
                                                             map(parts.get, glimpse.part), strict=True)]  # fmt: skip
    return [
        {
            "type": "scatter", "mode": "markers", "name": name, "x": across[dots].tolist(),
            "y": glimpse.row[dots].tolist(), "hovertext": [told[dot] for dot in dots], "hoverinfo": "text",
            "marker": {"color": COLOURS[part], **MARKS[part]},
        }
        for part, name in parts.items() for dots in [np.flatnonzero(glimpse.part == part)]
    ]  # fmt: skip


def _moments(glimpse: TimelineSample) -> list[str]:
    """Of each dot in words; "" where no times are known."""
    if not glimpse.timed:
        return [""] * len(glimpse.time)
    if not glimpse.dated:
        return [f"{time:g}" if np.isfinite(time) else "" for time in glimpse.time]
    known = np.isfinite(glimpse.time)
    seconds = np.where(known, glimpse.time, 0).astype("int64").astype("datetime64[s]")
    told = np.datetime_as_string(seconds, unit="m").tolist()
    return [moment.replace("T", " ") if there else "" for moment, there in zip(told, known, strict=True)]


def _across(glimpse: TimelineSample, time: np.ndarray) -> np.ndarray:
    """As Plotly takes them: dates in milliseconds; what lacks its time stands where the first begins."""
    known = np.isfinite(time)
    time = np.where(known, time, time[known].min() if known.any() else 0)
    return (1000 * time).round().astype("int64") if glimpse.dated else time


def _layout(glimpse: TimelineSample, names: list[str], ordered: bool) -> dict[str, Any]:
    ticks = [escaped(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…") for name in names]
    dated = {"type": "date", "nticks": 3, "tickangle": 0, "tickformatstops": TICKS}
    across = dated if glimpse.dated and not ordered else {"nticks": 8}
    return {
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "top"},
        "margin": {"l": 8, "r": 16, "t": 8, "b": 28}, "hovermode": "closest", "xaxis": {"zeroline": False, **across},
        "yaxis": {"tickvals": list(range(len(ticks))), "ticktext": ticks, "range": [len(ticks) - 0.4, -2.2],
                  "fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}},
        "shapes": [] if ordered else [_line(part, _across(glimpse, np.array([at])).item())
                                      for part, at in glimpse.moments.items()],
    }  # fmt: skip


def _line(part: str, at: float) -> dict[str, Any]:
    return {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": COLOURS[part], "width": 2, "dash": DASHES[part]}}  # fmt: skip
