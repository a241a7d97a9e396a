"""Class balance: how many of each class train, validate and test; a bar opens its items."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cases.base import Finding
from cases.dataset import Dataset
from cases.splits import assign
from models.errors import N_, InputError
from pages.parts.charts import plain
from pages.parts.checking import class_bars, shares, view
from pages.parts.checking.facts import Checked, Weak
from pages.parts.language import _, listed, numbered
from runs import datasets

FEW = 5  # items of a class below which hardly anything can be learnt
NAMED = 10  # classes that a sentence names


def parts(dataset: Dataset, values: dict[str, Any]) -> pd.Series:
    return assign(dataset, **values)


def told(checked: Checked) -> None:
    shares.told(checked)


def title(checked: Checked) -> str:
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
    _pick(checked)
    class_bars.draw(checked.counts, key=f"{checked.case.name}_bars")


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
