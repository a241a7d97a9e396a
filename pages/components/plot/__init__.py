"""A Plotly figure that keeps its zoom and whose points can be clicked, heatmap cells included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import streamlit as st

from pages.shared.address import of_route
from pages.shared.assets import read, script

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult


PLOTLY = "/assets/plotly.js"


class Shown(TypedDict):
    """Items that are shown beside the pointer: `rows` of each `customdata`, or where it is None that is the row."""

    address: str  # a row is put behind it
    rows: Mapping[str, Sequence[int]] | None


_component = st.components.v2.component(
    "casebook_plot",
    html='<figure class="cb-plot"><div class="cb-plot-box"></div></figure>',
    css=read(__file__, "plot.css"),
    js=script(__file__, "plotly.js", "look.js", "tip.js", "plot.js"),
    isolate_styles=False,  # Plotly puts its own rules into the document's head
)


_early = st.components.v2.component(
    "casebook_plot_early",
    js=read(__file__, "plotly.js") + "export default ({ data }) => { loadPlotly(data.plotly).catch(console.error) }",
)


def prepare(key: str) -> None:
    """Let the browser load Plotly while nobody waits: a figure that is asked for next is there at once."""
    _early(key=key, data={"plotly": of_route(PLOTLY)})


def show(
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    *,
    key: str,
    alt: str,
    height: int,
    least_width: int = 0,
    most_height: int = 0,
    drag: str = "",
    items: Shown | None = None,
    on_picked: Callable[[], None] | None = None,
    on_selected: Callable[[], None] | None = None,
) -> ComponentResult:
    """Draw `traces` and `layout` as Plotly takes them; colours of text and lines come from the theme.

    Args:
        alt: what the figure shows, for a reader who does not see it.
        least_width: pixels; where there is less room the figure scrolls sideways in its place.
        most_height: pixels; a taller figure scrolls in its place, 0 for one that is shown whole.
        drag: what dragging does: "zoom" (then a double click shows all again), "select" with a box, "lasso", or "".
        items: what is shown beside the pointer.
        on_picked: a click calls it; `session.told(key, "picked")` is the `customdata` of what was clicked.
        on_selected: a box or a lasso calls it; `session.told(key, "selected", list)` are the `customdata` in it.
    """
    data = {
        "traces": traces, "layout": layout, "alt": alt, "height": height, "least_width": least_width,
        "most_height": most_height, "drag": drag, "items": items, "plotly": of_route(PLOTLY),
    }  # fmt: skip
    ignore = lambda: None  # noqa: E731
    return _component(
        key=key, data=data, on_picked_change=on_picked or ignore, on_selected_change=on_selected or ignore
    )
