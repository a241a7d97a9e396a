"""What an inspection shows, each kind of panel in its own way; see `cases.training.inspection`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from pages.components import plot
from pages.shared.assets import read, script
from pages.shared.i18n import _, count
from pages.shared.text import ACCENT, escaped, plain
from runs.results import inspections
from runs.store.records import Run

HEIGHT, CELL = 300, 16  # pixels of a heat map, and of one of its cells where these have names
NAMED = 12  # letters of a name beside a heat map
DENSE = [[0, "rgba(21,144,132,0.04)"], [1, "rgba(21,144,132,1)"]]  # from nothing to much, on either ground
BOTH = [[0, "rgba(201,90,24,0.9)"], [0.5, "rgba(128,128,128,0.06)"], [1, "rgba(21,144,132,0.9)"]]

_component = st.components.v2.component(
    "casebook_inspection",
    html='<div class="cb-inside"></div>',
    css=read(__file__, "panels.css"),
    js=script(__file__, "panels.js"),
)


@dataclass(frozen=True, eq=False)
class Drawing:
    """An inspection of a run that is done; `name`: in the keys of its elements; `arrays`: by the names that its panels
    use."""

    run: Run
    key: str
    name: str
    arrays: Mapping[str, np.ndarray]

    def tell(self, told: Mapping[str, Any]) -> str:
        """A message with its places, some of which may be messages themselves."""
        args = {name: self.tell(one) if isinstance(one, Mapping) else one for name, one in told["args"].items()}
        return _(told["message"], **args)

    def panels(self, some: Sequence[Mapping[str, Any]], place: str) -> None:
        """Draw them one below the other; `place` tells their elements from those of other views."""
        kinds = {"picture": self._picture, "tokens": self._tokens, "heat": self._heat, "numbers": self._numbers,
                 "listing": self._listing, "missing": self._missing}  # fmt: skip
        for number, panel in enumerate(some):
            kinds[panel["kind"]](panel, f"inside_{place}_{number}_{self.name}")

    def _picture(self, panel: Mapping[str, Any], key: str) -> None:
        title = self.tell(panel["title"])
        _component(key=key, data={"picture": inspections.picture(self.run, self.key, panel["file"]), "title": title})

    def _tokens(self, panel: Mapping[str, Any], key: str) -> None:
        pieces = [{"text": text, "id": f"{number}", "mark": mark} for text, number, mark in panel["pieces"]]
        left = count("{n} more token", "{n} more tokens", panel["left"]) if panel["left"] else ""
        _component(key=key, data={"tokens": pieces, "title": self.tell(panel["title"]), "left": left})

    def _listing(self, panel: Mapping[str, Any], key: str) -> None:
        st.dataframe({_("What"): [self.tell(name) for name, _value in panel["rows"]],
                      _("Value"): [value for _name, value in panel["rows"]]}, hide_index=True, key=key)  # fmt: skip

    def _missing(self, panel: Mapping[str, Any], key: str) -> None:
        st.info(plain(self.tell(panel["title"])), icon=":material/info:")

    def _numbers(self, panel: Mapping[str, Any], key: str) -> None:
        numbers, names = self.arrays[panel["array"]].astype(float), panel["names"]
        title = self.tell(panel["title"])
        st.markdown(plain(title))
        places = [escaped(name) for name in names] or list(range(1, len(numbers) + 1))
        trace = {"type": "bar", "x": places, "y": numbers.round(5).tolist(), "marker": {"color": ACCENT},
                 "hovertemplate": "%{x}: %{y:.4g}<extra></extra>"}  # fmt: skip
        layout = {"bargap": 0.02 if len(numbers) > 60 else 0.2, "yaxis": {"fixedrange": True},
                  "xaxis": {"fixedrange": True, "showgrid": False}}  # fmt: skip
        plot.show([trace], layout, key=key, height=180, alt=title)
        st.caption(_("{n:,} numbers · norm {norm} · smallest {low} · largest {high}", n=len(numbers),
                     norm=f"{np.linalg.norm(numbers):.4g}", low=f"{numbers.min():.3g}",
                     high=f"{numbers.max():.3g}"))  # fmt: skip

    def _heat(self, panel: Mapping[str, Any], key: str) -> None:
        values = self.arrays[panel["array"]].astype(float)
        if panel["slices"]:
            slices = [self.tell(one) for one in panel["slices"]]
            chosen = st.selectbox(_("Attention head"), range(len(slices)), key=f"inside_slice_{self.name}",
                                  format_func=slices.__getitem__)  # fmt: skip
            values = values[chosen]
        title = self.tell(panel["title"])
        st.markdown(plain(title))
        trace, layout, height = self._matrix(values, panel)
        least = 60 + CELL * values.shape[1] if panel["names"] else 0
        plot.show([trace], layout, key=key, height=height, least_width=least, alt=title)

    def _matrix(self, values: np.ndarray, panel: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], int]:
        signed = bool(values.min() < 0) and not panel["ranged"]
        most = float(np.quantile(values if panel["ranged"] else np.abs(values), 0.995)) or 1.0
        least = float(values.min()) if panel["ranged"] else -most if signed else 0.0
        trace = {"type": "heatmap", "z": values.round(4).tolist(), "showscale": False, "zmax": most,
                 "zmin": least, "colorscale": BOTH if signed else DENSE,
                 "hovertemplate": "%{y} · %{x}: %{z:.3f}<extra></extra>"}  # fmt: skip
        bare = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
        across = {**bare, "title": {"text": self.tell(panel["across"])}}
        down = {**bare, "title": {"text": self.tell(panel["down"])}}
        if not panel["upward"]:
            down["autorange"] = "reversed"
        if panel["width"]:
            trace |= {"x0": 0, "dx": panel["width"] / values.shape[1]}
        if panel["rows"]:
            down |= _ticks(panel["rows"])
        if not panel["names"]:
            return trace, {"xaxis": across, "yaxis": down}, max(HEIGHT, 60 + CELL * len(panel["rows"]))
        ticks = _ticks(panel["names"])
        layout = {"xaxis": {**across, **ticks, "side": "top", "tickangle": -90}, "yaxis": {**down, **ticks}}
        return trace, layout, 120 + CELL * len(panel["names"])


def _ticks(names: Sequence[str]) -> dict[str, Any]:
    """Of an axis whose cells have names."""
    short = [escaped(name[:NAMED]) for name in names]
    return {"tickvals": list(range(len(short))), "ticktext": short, "tickfont": {"size": 10}}
