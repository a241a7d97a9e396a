"""Class balance: how many of each class train, validate and test; a bar opens its items."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cases.dataset import Dataset
from cases.splits import assign
from pages.parts import plot
from pages.parts.charts import ACCENT, escaped
from pages.parts.checking import shares, view
from pages.parts.checking.facts import Checked
from pages.parts.language import _
from runs import datasets

MOST_BARS = 30
TALL = 430  # pixels, beyond which the figure scrolls in its place
COLOURS = {"train": ACCENT, "validation": "#c98a3d", "test": "#7f83d6"}  # told apart also without red and green


def parts(dataset: Dataset, values: dict[str, Any]) -> pd.Series:
    return assign(dataset, **values)


def told(checked: Checked) -> None:
    shares.told(checked)


def title() -> str:
    return _("Classes")


def figures(checked: Checked) -> dict[str, int]:
    return {_("Examples"): len(checked.kept), _("Classes"): len(checked.counts)}


def amounts(dataset: Dataset) -> dict[str, int]:
    return {"examples": datasets.asked_about(dataset), "classes": len(dataset.classes)}


def table(checked: Checked) -> None:
    """How many of each class are in each part."""
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    st.dataframe(
        checked.counts.reset_index(), hide_index=True, height=min(38 + 35 * len(checked.counts), 290),
        column_config={"label": st.column_config.TextColumn(_("Class")), **names},
    )  # fmt: skip


def show(checked: Checked) -> None:
    counts = checked.counts
    _pick(checked)
    shown = counts.head(MOST_BARS)
    if len(counts) > MOST_BARS:
        st.caption(_("The {n} largest classes are drawn; the list has all.", n=MOST_BARS))
    key = f"{checked.case.name}_bars"
    height = 110 + 26 * len(shown)
    with st.container(height=TALL if height > TALL else "content", border=False):
        plot.show(
            _bars(shown), _layout(shown), key=key, height=height, alt=_("How many there are of each class"),
            on_picked=lambda: view.choose("class", st.session_state[key]["picked"]),
        )  # fmt: skip


def _pick(checked: Checked) -> None:
    """The same choice as by a bar, for all classes and for the keyboard."""
    kind, label = view.chosen()
    key, sizes = f"{checked.case.name}_class", checked.counts.sum(axis=1)
    st.session_state[key] = label if kind == "class" and label in sizes.index else None
    st.selectbox(
        _("Click a bar, or choose a class, to see what is in it"), list(sizes.index), key=key, index=None,
        format_func=lambda name: f"{name} ({sizes[name]:,})", placeholder=_("Choose a class"),
        on_change=lambda: _choose(st.session_state[key]),
    )  # fmt: skip


def _choose(label: str | None) -> None:
    view.choose("class", label) if label is not None else view.leave()


def _bars(counts) -> list[dict]:  # noqa: ANN001
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    labels = [str(label) for label in counts.index]
    told = [_("{train:,} to train, {validation:,} to validate, {test:,} to test", **row)
            for row in counts.to_dict("records")]  # fmt: skip
    return [
        {
            "type": "bar", "orientation": "h", "name": name, "x": counts[part].tolist(), "y": list(range(len(labels))),
            "customdata": labels, "marker": {"color": COLOURS[part]}, "hoverinfo": "text",
            "hovertext": [f"{escaped(label)}: {words}" for label, words in zip(labels, told, strict=True)],
        }
        for part, name in names.items()
    ]  # fmt: skip


def _layout(counts) -> dict:  # noqa: ANN001
    ticks = [escaped(str(label) if len(str(label)) <= 24 else f"{str(label)[:23]}…") for label in counts.index]
    return {
        "barmode": "stack", "bargap": 0.3,
        "legend": {"orientation": "h", "traceorder": "normal", "yref": "container", "y": 1, "yanchor": "top", "x": 0},
        "margin": {"l": 8, "r": 16, "t": 56, "b": 28}, "xaxis": {"fixedrange": True},
        "yaxis": {"tickvals": list(range(len(ticks))), "ticktext": ticks, "autorange": "reversed", "fixedrange": True,
                  "showgrid": False, "ticks": ""},
    }  # fmt: skip
