"""Class balance: how many of each class train, validate and test; a bar opens its items."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cases.base import Finding
from cases.dataset import Dataset
from cases.splits import assign
from models.errors import N_, InputError
from pages.components.items import Entry
from pages.shared import selection, session
from pages.shared.i18n import _, count, listed, numbered
from pages.shared.text import plain
from pages.task_types import division
from pages.task_types.classification import class_bars, class_renames
from pages.task_types.data_report import DataReport, Weak
from runs.store import datasets

FEW = 5  # items of a class below which hardly anything can be learnt
NAMED = 10  # classes that a sentence names


def parts(dataset: Dataset, values: dict[str, Any]) -> pd.Series:
    return assign(dataset, **values)


def told(checked: DataReport) -> None:
    """Say that each class is divided by the same shares, unless parts came with the data."""
    division.told(checked, N_("Stratified split: every class is split in the same proportions."))


def title(checked: DataReport) -> str:
    return _("Classes")


def mosaic(checked: DataReport, most: int) -> list[Entry]:
    """The same number of each class, of many classes one of each of the largest."""
    labels = checked.dataset.samples["label"]
    return [Entry(row, str(labels[row])) for row in checked.case.examples(checked.dataset, most)]


def figures(checked: DataReport) -> dict[str, int]:
    return {_("Examples"): len(checked.kept), _("Classes"): len(checked.counts)}


def amounts(dataset: Dataset) -> dict[str, int]:
    return {"examples": datasets.asked_about(dataset) - dataset.left_out, "classes": len(dataset.classes)}


def amount(what: str, n: int) -> str:
    """One of `amounts` in words."""
    if what == "classes":
        return count("{n} class", "{n} classes", n)
    return count("{n} example", "{n} examples", n)


def table(checked: DataReport) -> None:
    """How many of each class are in each part."""
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    st.dataframe(
        checked.counts.reset_index(), hide_index=True, height=min(38 + 35 * len(checked.counts), 430),
        column_config={"label": st.column_config.TextColumn(_("Class")), **names},
    )  # fmt: skip


def show(checked: DataReport) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _pick(checked)
        class_renames.offer(checked)
    class_bars.draw(checked.counts, key=f"{checked.case.name}_bars")


def rows(checked: DataReport, kind: str, which: str) -> np.ndarray | None:
    """The items of a class, also those that are left out."""
    return np.flatnonzero(checked.dataset.samples["label"] == which) if kind == "class" else None


def _pick(checked: DataReport) -> None:
    """The same choice as by a bar, for all classes and for the keyboard."""
    kind, label = selection.chosen()
    key, sizes = f"{checked.case.name}_class", checked.counts.sum(axis=1)
    st.session_state[key] = label if kind == "class" and label in sizes.index else None
    st.selectbox(
        _("Browse by class"), list(sizes.index), key=key, index=None,
        format_func=lambda name: numbered(name, sizes[name]), placeholder=_("Choose a class or click a bar"),
        on_change=lambda: selection.choose("class", session.among(key, sizes.index)),
    )  # fmt: skip


def problem(checked: DataReport) -> InputError | None:
    """What is missing before it can be trained on."""
    expected = N_("At least two classes are needed.")
    remedy = N_("Restore excluded examples, or correct labels.")
    if checked.kept.empty:
        return InputError(found=N_("Everything is excluded."), expected=expected, remedy=remedy)
    if len(checked.counts) == 1:
        label = str(checked.counts.index[0])
        return InputError(found=N_("Only one class is left, “{label}”."), expected=expected, remedy=remedy, label=label)
    return division.problem(checked)


def leaks(checked: DataReport) -> list[Finding]:
    return []


def sizes(checked: DataReport) -> dict[str, int]:
    return division.sizes(checked)


def counted(checked: DataReport) -> str:
    return _("{n:,} examples in {classes:,} classes; {train:,} training, {validation:,} validation, {test:,} test.",
             n=len(checked.kept), classes=len(checked.counts), **division.sizes(checked))  # fmt: skip


def notes(checked: DataReport) -> list[str]:
    return [*class_renames.note(checked), *division.rough(checked)]


def offered(dataset: Dataset) -> dict[str, list[str]]:
    return {}


def weak(checked: DataReport) -> list[Weak]:
    """What can be trained on, but will not do well."""
    counts, sizes, found = checked.counts, checked.counts.sum(axis=1), []
    alone, few = list(sizes[sizes == 1].index), list(sizes[(sizes > 1) & (sizes < FEW)].index)
    untaught = [label for label in counts.index[counts["train"] == 0] if label not in alone]
    if alone:
        found.append(Weak("alone", _(
            "Classes with a single example: {classes}. They are only trained on; to be validated and tested, too, a "
            "class needs three. Add two examples to each, change the label or exclude them.",
            classes=_names(alone)), alone))  # fmt: skip
    if untaught:
        found.append(Weak("untaught", _(
            "Classes without training examples: {classes}. The model cannot predict them. Add training examples or "
            "exclude these classes.", classes=_names(untaught)), untaught))  # fmt: skip
    if len(few) == len(sizes):
        found.append(Weak("few", _(
            "All {n} classes have fewer than {few} examples. So few are hard to learn from. Add examples to each.",
            n=len(few), few=FEW), few))  # fmt: skip
    elif few:
        found.append(Weak("few", _(
            "Classes with 2 to {most} examples: {classes}. So few are hard to learn from. Add examples or exclude "
            "these classes.",
            most=FEW - 1, classes=_names(few)), few))  # fmt: skip
    return found


def _names(labels: list[str]) -> str:
    named = listed(plain(str(label)) for label in labels[:NAMED])
    return named if len(labels) <= NAMED else _("{classes} and {n} more", classes=named, n=len(labels) - NAMED)
