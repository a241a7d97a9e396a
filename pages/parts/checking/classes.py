"""Class balance: how many of each class train, validate and test; a bar opens its items."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cases.base import Finding
from cases.dataset import Dataset
from cases.splits import assign
from models.errors import N_, InputError
from pages.parts import plot
from pages.parts.charts import ACCENT, escaped, plain
from pages.parts.checking import shares, view
from pages.parts.checking.facts import Checked, Weak
from pages.parts.language import _, labelled, listed, numbered

FEW = 5  # items of a class below which hardly anything can be learnt
NAMED = 10  # classes that a sentence names
MOST_NAMED = 30  # classes up to which each bar has its name beside it
ROOMY = 14  # classes up to which bars are of usual height
SMALL = {"size": 12}
STACKED = {
    "barmode": "stack",
    "legend": {"orientation": "h", "traceorder": "normal", "yref": "container", "y": 1, "yanchor": "top", "x": 0},
}
COLOURS = {"train": ACCENT, "validation": "#c98a3d", "test": "#7f83d6"}  # told apart also without red and green


def parts(dataset: Dataset, values: dict[str, Any]) -> pd.Series:
    return assign(dataset, **values)


def told(checked: Checked) -> None:
    shares.told(checked)


def title(checked: Checked) -> str:
    return _("Classes")


def figures(checked: Checked) -> dict[str, int]:
    return {_("Examples"): len(checked.kept), _("Classes"): len(checked.counts)}


def table(checked: Checked) -> None:
    """How many of each class are in each part."""
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    st.dataframe(
        checked.counts.reset_index(), hide_index=True, height=min(38 + 35 * len(checked.counts), 290),
        column_config={"label": st.column_config.TextColumn(_("Class")), **names},
    )  # fmt: skip


def show(checked: Checked) -> None:
    """All classes: with their names where there is room, else as thin bars whose names a pointer tells."""
    counts = checked.counts
    _pick(checked)
    many = len(counts) > MOST_NAMED
    if many:
        st.caption(_("All {n:,} classes, the largest first. Point at a bar for its name.", n=len(counts)))
    key = f"{checked.case.name}_bars"
    plot.show(
        _bars(counts, upright=many), _upright(counts) if many else _named(counts), key=key,
        height=300 if many else 110 + (26 if len(counts) <= ROOMY else 21) * len(counts),
        alt=_("How many there are of each class"),
        on_picked=lambda: view.choose("class", st.session_state[key]["picked"]),
    )  # fmt: skip


def _pick(checked: Checked) -> None:
    """The same choice as by a bar, for all classes and for the keyboard."""
    kind, label = view.chosen()
    key, sizes = f"{checked.case.name}_class", checked.counts.sum(axis=1)
    st.session_state[key] = label if kind == "class" and label in sizes.index else None
    st.selectbox(
        _("Click a bar, or choose a class, to see what is in it"), list(sizes.index), key=key, index=None,
        format_func=lambda name: numbered(name, sizes[name]), placeholder=_("Choose a class"),
        on_change=lambda: _choose(st.session_state[key]),
    )  # fmt: skip


def _choose(label: str | None) -> None:
    view.choose("class", label) if label is not None else view.leave()


def _bars(counts: pd.DataFrame, *, upright: bool) -> list[dict[str, Any]]:
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    labels, places = [str(label) for label in counts.index], list(range(len(counts)))
    told = [_("{train:,} to train, {validation:,} to validate, {test:,} to test", **row)
            for row in counts.to_dict("records")]  # fmt: skip
    along, across = ("y", "x") if upright else ("x", "y")
    return [
        {
            "type": "bar", "orientation": "v" if upright else "h", "name": name, along: counts[part].tolist(),
            across: places, "customdata": labels, "marker": {"color": COLOURS[part]}, "hoverinfo": "text",
            "hovertext": [labelled(escaped(label), words) for label, words in zip(labels, told, strict=True)],
        }
        for part, name in names.items()
    ]  # fmt: skip


def _named(counts: pd.DataFrame) -> dict[str, Any]:
    ticks = [escaped(str(label) if len(str(label)) <= 24 else f"{str(label)[:23]}…") for label in counts.index]
    return {
        **STACKED, "bargap": 0.3, "margin": {"l": 8, "r": 16, "t": 56, "b": 28}, "xaxis": {"fixedrange": True},
        "yaxis": {"tickvals": list(range(len(ticks))), "ticktext": ticks, "autorange": "reversed", "fixedrange": True,
                  "showgrid": False, "ticks": ""},
    }  # fmt: skip


def _upright(counts: pd.DataFrame) -> dict[str, Any]:
    return {
        **STACKED, "bargap": 0.15, "margin": {"l": 8, "r": 8, "t": 56, "b": 44}, "hovermode": "closest",
        "xaxis": {"fixedrange": True, "showticklabels": False, "showgrid": False, "ticks": "", "zeroline": False,
                  "range": [-0.7, len(counts) - 0.3], "title": {"text": _("Classes, largest first"), "font": SMALL}},
        "yaxis": {"fixedrange": True, "title": {"text": _("Examples"), "font": SMALL}},
    }  # fmt: skip


def problem(checked: Checked) -> InputError | None:
    """What is missing before it can be trained on."""
    expected = N_("At least two classes are needed: the network learns to tell them apart.")
    remedy = N_("Take back what was left out, or give some of it another label.")
    if checked.kept.empty:
        return InputError(found=N_("Everything is left out."), expected=expected, remedy=remedy)
    if len(checked.counts) == 1:
        label = str(checked.counts.index[0])
        return InputError(found=N_("Only one class is left, “{label}”."), expected=expected, remedy=remedy, label=label)
    return shares.problem(checked)


def leaks(checked: Checked) -> list[Finding]:
    return []


def counted(checked: Checked) -> str:
    return _("{n:,} examples in {classes:,} classes; {train:,} to train, {validation:,} to validate, {test:,} to test.",
             n=len(checked.kept), classes=len(checked.counts), **shares.sizes(checked))  # fmt: skip


def notes(checked: Checked) -> list[str]:
    return shares.rough(checked)


def weak(checked: Checked) -> list[Weak]:
    """What can be trained on, but will not do well."""
    counts, sizes, found = checked.counts, checked.counts.sum(axis=1), []
    alone, few = list(sizes[sizes == 1].index), list(sizes[(sizes > 1) & (sizes < FEW)].index)
    untaught = [label for label in counts.index[counts["train"] == 0] if label not in alone]
    if alone:
        found.append(Weak("alone", _(
            "Only one example each: {classes}. A class needs three at least, to train, to validate and to test. Add "
            "more, give the one another label, or leave it out.", classes=_names(alone)), alone))  # fmt: skip
    if untaught:
        found.append(Weak("untaught", _(
            "Nothing to train on: {classes}. The model can never name these. Add examples to train on, or leave them "
            "out.", classes=_names(untaught)), untaught))  # fmt: skip
    if few:
        found.append(Weak("few", _(
            "Fewer than {few} examples: {classes}. The network can hardly learn these. Add more, or leave them out.",
            few=FEW, classes=_names(few)), few))  # fmt: skip
    return found


def _names(labels: list[str]) -> str:
    named = listed(plain(str(label)) for label in labels[:NAMED])
    return named if len(labels) <= NAMED else _("{classes} and {n} more", classes=named, n=len(labels) - NAMED)
