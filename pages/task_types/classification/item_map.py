"""Map: every item a point; what the model takes to be alike lies together."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from models.evaluation.predictions import Predictions
from pages.components import plot
from pages.components.items import addresses
from pages.shared import owner, polling, session
from pages.shared.i18n import _, together
from pages.shared.text import COLOURS, MARKS, WRONG, escaped, themed
from pages.task_types import figures, selected_items
from pages.task_types.classification import item_browser
from pages.task_types.classification.item_browser import Viewed
from runs.api.numbers import whole
from runs.results import predictions
from runs.store import records
from runs.store.records import Run

HEIGHT = 560  # pixels of the map
LEGEND = 20  # classes up to which a legend helps
SELECTED = "map_selected"  # the list below the map


def is_drawn(run: Run) -> bool:
    return predictions.map_of(run) is not None


def draw(run: Run) -> None:
    """Ask for the map, and show how far it is; what was stopped or failed begins again by a button."""
    work = records.latest("map", run.id, owner.current())
    outdated = work is not None and work.ended_already and (work.status == "done" or work.created < (run.ended or 0))
    if work is None or outdated:  # one that was drawn and is not there was damaged, or is older than the run's answers
        _begin(run)
        work = records.latest("map", run.id, owner.current())
    with st.container(height=HEIGHT, border=False, vertical_alignment="center"):  # what follows stays in its place
        if not polling.stands(work, _("Drawing the map."), _("Drawing the map was stopped.")):
            st.button(
                _("Try again"), key=f"map_{run.id}_again", icon=":material/refresh:", on_click=_begin, args=(run,)
            )


def _begin(run: Run) -> None:
    records.create_run(run.owner, "map", run.case, run.name, subject=run.id)


def show(viewed: Viewed) -> None:
    points, run, whole = predictions.map_of(viewed.run), viewed.run, predictions.of(viewed.run)
    points = points[np.isin(whole.rows[points["place"]], viewed.outcome.rows)]  # of a slice only its own
    outcome = whole.at(points["place"].to_numpy())
    xy, key = points[["x", "y"]].to_numpy().round(3), f"map_{run.id}"
    numbers = np.unique(outcome.labels)
    traces = [_points(outcome, xy, int(number), order) for order, number in enumerate(numbers)]
    wrong = np.flatnonzero(~outcome.right)
    traces.append({
        "type": "scatter", "mode": "markers", "x": xy[wrong, 0].tolist(), "y": xy[wrong, 1].tolist(),
        "name": _("Wrong"), "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "size": 13, "line": {"width": 2}, "color": WRONG},
    })  # fmt: skip
    bare = {"visible": False}
    layout = {"xaxis": bare, "yaxis": bare, "showlegend": len(numbers) <= LEGEND,
              "legend": {"orientation": "h", "y": -0.02, "itemsizing": "constant"}, "hovermode": "closest"}  # fmt: skip
    drag = _dragging(run)
    plot.show(traces, layout, key=key, height=HEIGHT, drag=drag, alt=_("Map of the examples, coloured by label"),
              items={"address": addresses(viewed.dataset), "rows": None}, on_selected=lambda: _select(run, key),
              on_picked=lambda: item_browser.open_from(viewed, [], key))  # fmt: skip
    st.caption(_told(outcome))
    chosen = set(session.held(f"{key}_rows", list, []))
    if places := [place for place, row in enumerate(outcome.rows.tolist()) if row in chosen]:
        item_browser.gallery(Viewed(run, outcome, viewed.dataset), np.array(places), name=SELECTED)


def _dragging(run: Run) -> str:
    """What a drag on the map does."""
    ways = {"zoom": _("Zoom"), "select": _("Select in a box"), "lasso": _("Select by lasso")}
    return st.segmented_control(
        _("Drag mode"), list(ways), default="zoom", required=True, format_func=ways.get, key=f"map_drag_{run.id}",
        label_visibility="collapsed", wrap=True,
    )  # fmt: skip


def _select(run: Run, key: str) -> None:
    """What lies in the box or the lasso is listed below the map, and selected there."""
    told = [whole(row) for row in session.told(key, "selected", list) or [] if isinstance(row, str)]
    rows = [row for row in told if row is not None]
    st.session_state[f"{key}_rows"] = rows
    selected_items.preselect(f"{SELECTED}_{run.id}", rows)


def _points(outcome: Predictions, xy: np.ndarray, number: int, order: int) -> dict[str, Any]:
    """The items of one label; `order` decides colour and mark."""
    places = np.flatnonzero(outcome.labels == number)
    name = escaped(outcome.classes[number])
    said = [escaped(outcome.classes[n]) for n in outcome.predicted[places]]
    train = (outcome.items["part"].to_numpy() == "train")[places]
    return {
        "type": "scatter", "mode": "markers", "name": figures.short(name),
        "x": xy[places, 0].tolist(), "y": xy[places, 1].tolist(),
        "customdata": [str(row) for row in outcome.rows[places]],
        "hovertext": [f"{name} → {other}" for other in said], "hoverinfo": "text",
        "marker": {"color": themed(order), "symbol": MARKS[order // len(COLOURS) % len(MARKS)],
                   "size": np.where(train, 5, 8).tolist(), "opacity": np.where(train, 0.7, 1.0).tolist(),
                   "line": {"width": 0}},
    }  # fmt: skip


def _told(outcome: Predictions) -> str:
    words = _("Feature vectors of {n:,} examples, projected to two dimensions by t-SNE. Neighbours are similar; axes "
              "have no meaning. Ringed: wrong predictions, in test and validation. Click a point to open it. Drag to "
              "zoom, double-click to reset.", n=len(outcome.rows))  # fmt: skip
    labels = len(np.unique(outcome.labels))
    return together(
        words,
        _("Small points are training examples.") if (outcome.items["part"] == "train").any() else "",
        _("{n:,} classes are too many for a legend: hover over a point for its label.", n=labels)
        if labels > LEGEND else "",
    )  # fmt: skip
