"""What most users have, and how many have how much."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import streamlit as st

from pages.components import plot
from pages.shared import neighbours, selection, session
from pages.shared.i18n import _, labelled
from pages.shared.text import ACCENT, escaped
from pages.task_types.data_report import DataReport
from pages.task_types.ranking.check_facts import history, positive

MOST_BARS = 25


def most_chosen(checked: DataReport) -> None:
    """A bar opens the item."""
    samples = checked.kept.sort_values("people", ascending=False, kind="stable").head(MOST_BARS)
    key = f"{checked.case.name}_most"
    ticks = [escaped(name if len(name) <= 32 else f"{name[:31]}…") for name in samples["label"]]
    trace = {
        "type": "bar", "orientation": "h", "y": list(range(len(samples))), "x": samples["people"].tolist(),
        "customdata": [str(row) for row in samples.index], "marker": {"color": ACCENT}, "hoverinfo": "text",
        "hovertext": [labelled(escaped(name), f"{n:,}")
                      for name, n in zip(samples["label"], samples["people"], strict=True)],
    }  # fmt: skip
    layout = {
        "bargap": 0.3, "margin": {"l": 8, "r": 16, "t": 8, "b": 44},
        "xaxis": {"fixedrange": True, "title": {"text": _("Number of users")}},
        "yaxis": {"tickvals": list(range(len(ticks))), "ticktext": ticks, "autorange": "reversed", "fixedrange": True,
                  "showgrid": False, "ticks": ""},
    }  # fmt: skip
    st.caption(_("Items by popularity (users). Click a bar to open the item.") if positive(checked)[0] is None else
               _("Items by popularity (users, all ratings). Click a bar to open the item."))  # fmt: skip
    plot.show([trace], layout, key=key, height=66 + 24 * len(samples), alt=_("Items by popularity"),
              on_picked=lambda: _open_from(checked, samples.index, key))  # fmt: skip


def _open_from(checked: DataReport, rows: Sequence[int], key: str) -> None:
    neighbours.open_from(f"{checked.case.name}_items", rows)
    selection.look_at(session.told(key, "picked"))


def activity(checked: DataReport) -> None:
    """How many users have how many items, on a scale of doublings."""
    had = history(checked.dataset, checked.values.get("min_rating"))
    many = np.bincount(had.user, minlength=had.people)
    many = many[many > 0]
    if not len(many):
        return
    edges = 2 ** np.arange(int(np.log2(many.min())), int(np.log2(many.max())) + 2)
    counts = np.histogram(many, edges)[0]
    names = [f"{low}–{high - 1}" if high - low > 1 else str(low) for low, high in pairwise(edges.tolist())]
    st.caption(_("Interactions per user.") if positive(checked)[0] is None else _("Positive interactions per user."))
    trace = {"type": "bar", "x": names, "y": counts.tolist(), "marker": {"color": ACCENT}, "hoverinfo": "x+y"}
    layout = {"margin": {"l": 8, "r": 16, "t": 8, "b": 44}, "bargap": 0.2,
              "yaxis": {"fixedrange": True, "title": {"text": _("Number of users")}},
              "xaxis": {"type": "category", "fixedrange": True,
                        "title": {"text": _("Number of interactions")}}}  # fmt: skip
    plot.show(
        [trace], layout, key=f"{checked.case.name}_activity", height=240, alt=_("Distribution of interactions per user")
    )
