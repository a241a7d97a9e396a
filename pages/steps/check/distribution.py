"""How large the items are: one or two measures of the case, drawn so that a click opens those of that size."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
import streamlit as st

from pages import task_types
from pages.components import plot
from pages.components.items import addresses
from pages.shared import selection, session
from pages.shared.i18n import _, labelled, together
from pages.shared.text import ACCENT, CAUTION
from pages.task_types.data_report import DataReport

MOST_POINTS = 1500  # different sizes that are drawn one by one
STEPS = 8  # an octave, where there are more
RARE = 50  # times that one size is commoner than most: then the rare ones need a logarithmic axis to be seen
LEAST = 0.001  # on an axis of what is measured
NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)


def title(checked: DataReport) -> str:
    measures = checked.case.measures
    return _("Sizes") if len(measures) > 1 else _(measures[0].title)


def show(checked: DataReport) -> None:
    columns = [measure.column for measure in checked.case.measures]
    if checked.kept.empty or not set(columns) <= set(checked.kept.columns):
        st.caption(_("This data set has no size information."))
        return
    groups = _groups(checked.kept[columns])
    if len(groups) == 1 and groups["low"].equals(groups["high"]):  # of which a chart would be a single point
        alike = _extremes(checked.kept[columns])["common"]
        st.caption(together(_("All examples: {size}.", size=alike), _cut(checked)))
        return
    st.caption(together(_(task_types.of(checked.dataset).sizes, **_extremes(checked.kept[columns])), _cut(checked)))
    key, trace = f"{checked.case.name}_spread", _points(groups, columns)
    examples = {span: [int(row)] for span, row in zip(trace["customdata"], groups["row", ""], strict=True)}
    plot.show(
        [trace], _layout(checked, groups["n", ""]), key=key, height=380,
        alt=_("Distribution of example sizes"),
        items={"address": addresses(checked.dataset), "rows": examples},
        on_picked=lambda: selection.choose("size", session.told(key, "picked")),
    )  # fmt: skip


def rows(checked: DataReport, which: str) -> np.ndarray | None:
    """Those between the bounds that a point stands for: low and high of each measure, with dashes between."""
    bounds, columns = which.split("-"), [measure.column for measure in checked.case.measures]
    if len(bounds) != 2 * len(columns) or not all(map(NUMBER.fullmatch, bounds)):
        return None
    found = pd.Series(True, checked.kept.index)
    for column, low, high in zip(columns, bounds[::2], bounds[1::2], strict=True):
        found &= checked.kept[column].between(float(low), float(high))
    return checked.kept.index[found].to_numpy()


def told(checked: DataReport, sample: pd.Series) -> list[str]:
    """How large one item is, as a sentence where that is known."""
    measures = checked.case.measures
    if not {measure.column for measure in measures} <= set(sample.index):
        return []
    size = _size([sample[measure.column] for measure in measures], _digits(checked.kept[measures[0].column]))
    if len(measures) == 1:
        return [_("{measure}: {size}", measure=_(measures[0].title), size=size)]
    return [_("Size: {size}", size=size)]


def _cut(checked: DataReport) -> str:
    """How many are larger than the model takes them in; "" where there is no such limit."""
    measure = checked.case.measures[0]
    if not measure.limit:
        return ""
    cut = int((checked.kept[measure.column] > measure.limit).sum())
    if not cut:
        return _("None is over the model limit of {limit:,}.", limit=measure.limit)
    return _("Over the model limit of {limit:,} (dotted line): {n:,}.", limit=measure.limit, n=cut)


def _layout(checked: DataReport, counts: pd.Series) -> dict:
    """Across the first measure, with a line where the model takes in no more; up the second, or how many there are."""
    axes = [_axis(_(measure.title), checked.kept[measure.column]) for measure in checked.case.measures]
    how_many = {"title": {"text": _("Count")}, "fixedrange": True, **_how_many(counts)}
    layout = {"xaxis": axes[0], "yaxis": axes[1] if len(axes) > 1 else how_many,
              "margin": {"l": 8, "r": 24, "t": 24, "b": 8}}  # fmt: skip
    if limit := checked.case.measures[0].limit:
        whole = {"yref": "paper", "y0": 0, "y1": 1}
        line = {"color": CAUTION, "dash": "dot"}
        layout["shapes"] = [{"type": "line", "x0": limit, "x1": limit, **whole, "line": line}]
        layout["annotations"] = [{
            "text": f"{limit:,}", "x": np.log10(limit), "yref": "paper", "y": 1, "yanchor": "bottom",
            "showarrow": False, "font": {"color": CAUTION},
        }]  # fmt: skip
    return layout


def _groups(sizes: pd.DataFrame) -> pd.DataFrame:
    """For each size, or span of sizes: how many, the lowest and highest of each measure, and the row of one of them."""
    few = len(sizes.drop_duplicates()) <= MOST_POINTS and not _digits(sizes.iloc[:, 0])
    keys = sizes if few else (np.log2(sizes.clip(lower=LEAST)) * STEPS).round()
    same = [keys[column].to_numpy() for column in sizes.columns]
    by = sizes.groupby(same)
    found = pd.concat({"low": by.min(), "high": by.max()}, axis=1).reset_index(drop=True)
    found["n", ""] = by.size().to_numpy()
    found["row", ""] = sizes.index.to_series().groupby(same).first().to_numpy()
    return found


def _how_many(counts: pd.Series) -> dict:
    if counts.max() < RARE * counts.median():
        return {"rangemode": "tozero", "tickformat": ",d", "nticks": 6}
    return _logarithmic(1, int(counts.max()))


def _axis(title: str, values: pd.Series) -> dict:
    """At least from half to double of what is there, so that one size that all have is not blown up."""
    least = LEAST if _digits(values) else 1
    return {"title": {"text": title}, **_logarithmic(float(max(values.min(), least)), float(max(values.max(), least)))}


def _logarithmic(low: float, high: float) -> dict:
    """From half of `low` to double of `high`, with round numbers written out; a single value is written itself."""
    decades = range(int(np.floor(np.log10(low))), int(np.floor(np.log10(high))) + 2)
    ticks = [low] if low == high else [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
    return {"type": "log", "fixedrange": True, "range": [np.log10(low / 2), np.log10(high * 2)], "tickvals": ticks,
            "ticktext": [f"{tick:,.10g}" for tick in ticks]}  # fmt: skip


def _points(groups: pd.DataFrame, columns: list[str]) -> dict:
    middle = {column: ((groups["low", column] + groups["high", column]) / 2).tolist() for column in columns}
    counts, digits = groups["n", ""].to_numpy(), _digits(groups["low", columns[0]])
    spans = [
        "-".join(f"{_exact(row['low', column])}-{_exact(row['high', column])}" for column in columns)
        for row in groups.to_dict("records")
    ]  # fmt: skip
    return {
        "type": "scatter", "mode": "markers", "x": middle[columns[0]],
        "y": middle[columns[-1]] if len(columns) > 1 else counts.tolist(), "customdata": spans, "hoverinfo": "text",
        "marker": {"color": ACCENT, "opacity": 0.6, "size": (8 + 26 * np.sqrt(counts / counts.max())).tolist()},
        "hovertext": [labelled(_size(v, digits), f"{n:,}") for *v, n in zip(*middle.values(), counts, strict=True)],
    }  # fmt: skip


def _extremes(sizes: pd.DataFrame) -> dict[str, str]:
    whole, digits = sizes.astype("float64").prod(axis=1), _digits(sizes.iloc[:, 0])
    found = {"small": sizes.loc[whole.idxmin()], "large": sizes.loc[whole.idxmax()]}
    common = sizes.round(max(digits - 1, 0)).value_counts().index[0]
    return {"common": _size(common, digits), **{name: _size(values, digits) for name, values in found.items()}}


def _size(values: Iterable[float], digits: int) -> str:
    return " × ".join(f"{value:,.{digits}f}" for value in values)


def _digits(values: pd.Series) -> int:
    """Behind the point: what is counted has none, what is measured, as seconds are, two."""
    return 2 if pd.api.types.is_float_dtype(values) else 0


def _exact(value: float) -> str:
    """Without an exponent, whose sign would be taken for a dash."""
    return np.format_float_positional(value, trim="-")
