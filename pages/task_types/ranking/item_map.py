"""The items as points: what the model takes for alike lies together, coloured by genre."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import streamlit as st

from cases.ranking.baselines import POPULARITY
from pages.components import plot
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from pages.shared.text import COLOURS, QUIET, escaped, themed
from pages.task_types.figures import short
from runs.results import recommendations
from runs.store.records import Run


def show(run: Run) -> None:
    found = recommendations.map_of(run)
    if found is None:
        st.caption(_("The model of this run no longer exists."))
        return
    if vocabulary.kept(run) == [POPULARITY.name]:
        st.caption(_("Popularity has neither embeddings nor item weights, so there is no map."))
        return
    known, drawn, points = recommendations.titles(run), found["item"].to_numpy(), found[["x", "y"]].to_numpy()
    kinds = [_first(known["genres"][row]) for row in drawn]
    common = [genre for genre, _n in Counter(filter(None, kinds)).most_common(len(COLOURS) - 1)]
    traces = [_trace(known, drawn, points, [kind == genre for kind in kinds], genre, themed(number))
              for number, genre in enumerate(common)]  # fmt: skip
    others = [kind not in common for kind in kinds]
    traces.append(_trace(known, drawn, points, others, _("other") if common else _("Items to recommend"), QUIET))
    bare = {"visible": False}
    layout = {"xaxis": bare, "yaxis": bare, "hovermode": "closest",
              "legend": {"orientation": "h", "y": -0.02, "yanchor": "top", "itemsizing": "constant"},
              "margin": {"l": 8, "r": 8, "t": 8, "b": 8}}  # fmt: skip
    plot.show(
        traces,
        layout,
        key=f"catalogue_{run.id}",
        height=560,
        drag="zoom",
        alt=_("Map of the items by genre") if common else _("Map of the items"),
    )
    what = (
        _("Embeddings of the {n:,} most popular items, projected by t-SNE. Neighbours are similar.",
          n=len(drawn))
        if vocabulary.NETWORK in vocabulary.kept(run) else
        _("Weights between the {n:,} most popular items, projected by t-SNE. Neighbours have similar weights.",
          n=len(drawn))
    )  # fmt: skip
    st.caption(together(what, _("Colours show the first genre.") if common else ""))


def _trace(
    known: dict[str, list], drawn: np.ndarray, points: np.ndarray, inside: list[bool], name: str, colour: str
) -> dict[str, Any]:
    places = np.flatnonzero(inside)
    rows = drawn[places]
    return {
        "type": "scattergl", "mode": "markers", "name": escaped(short(name, 24)), "x": points[places, 0].tolist(),
        "y": points[places, 1].tolist(), "hoverinfo": "text",
        "hovertext": [f"{escaped(known['titles'][row])}<br>{escaped(known['genres'][row].replace('|', ' · '))}"
                      for row in rows], "marker": {"size": 6, "color": colour, "opacity": 0.85},
    }  # fmt: skip


def _first(genres: str) -> str:
    return genres.split("|")[0]
