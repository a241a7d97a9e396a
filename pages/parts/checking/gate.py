"""The gate: whether the data is ready to train on, and if not what is missing and how to mend it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cases.splits import require_parts
from models.errors import N_, InputError
from pages.parts import language, owner
from pages.parts.charts import plain
from pages.parts.checking import catalogue
from pages.parts.checking.facts import Checked
from pages.parts.language import _, listed
from runs import edits

FEW_TESTED = 20  # items below which the final figure says little
FEW = 5  # items of a class below which hardly anything can be learnt
NAMED = 10  # classes that a sentence names


def show(checked: Checked) -> bool:
    """Say it; True when it is ready."""
    problem = _problem(checked)
    if problem:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(language.of(problem), icon=":material/block:")
            if checked.dataset.edits:
                st.button(_("Take back all changes"), key="gate_undo", icon=":material/undo:", on_click=edits.undo_all,
                          args=(owner.current(), checked.dataset.digest))  # fmt: skip
        return False
    if checked.dataset.targets == "items":
        catalogue.ready(checked)
        return True
    parts = checked.kept["part"].value_counts()
    if checked.dataset.targets == "texts":
        _ready_to_write(checked, parts)
        return True
    st.success(
        _("Ready: {n:,} examples in {classes:,} classes; {train:,} to train, {validation:,} to validate, {test:,} to "
          "test.", n=len(checked.kept), classes=len(checked.counts), train=parts["train"],
          validation=parts["validation"], test=parts["test"]),
        icon=":material/check_circle:",
    )  # fmt: skip
    _weak_classes(checked)
    return True


def _ready_to_write(checked: Checked, parts: pd.Series) -> None:
    minutes = float(checked.kept["seconds"].sum()) / 60
    st.success(
        _("Ready: {n:,} recordings of {minutes:.1f} minutes with their transcripts; {train:,} to train, "
          "{validation:,} to validate, {test:,} to test.", n=len(checked.kept), minutes=minutes, train=parts["train"],
          validation=parts["validation"], test=parts["test"]),
        icon=":material/check_circle:",
    )  # fmt: skip
    if parts["test"] < FEW_TESTED:
        _few_tested(int(parts["test"]))


def _few_tested(n: int) -> None:
    st.caption(_("Only {n} to test on: the final figure will be rough. Add more, or raise the test share.", n=n))


def _problem(checked: Checked) -> InputError | None:
    expected = N_("At least two classes are needed: the network learns to tell them apart.")
    remedy = N_("Take back what was left out, or give some of it another label.")
    classes = checked.dataset.targets == "classes"
    if checked.kept.empty:
        expected = expected if classes else N_("Recordings with their transcripts are needed.")
        return InputError(found=N_("Everything is left out."), expected=expected, remedy=remedy)
    if classes and len(checked.counts) == 1:
        label = str(checked.counts.index[0])
        return InputError(found=N_("Only one class is left, “{label}”."), expected=expected, remedy=remedy, label=label)
    if checked.dataset.targets == "items":
        return catalogue.problem(checked)
    try:
        require_parts(checked.parts, checked.dataset.targets)
    except InputError as error:
        return error
    return None


def _weak_classes(checked: Checked) -> None:
    """What can be trained on, but will not do well."""
    counts, sizes = checked.counts, checked.counts.sum(axis=1)
    if (tested := int(counts["test"].sum())) < FEW_TESTED:
        _few_tested(tested)
    alone, few = list(sizes[sizes == 1].index), list(sizes[(sizes > 1) & (sizes < FEW)].index)
    untaught = [label for label in counts.index[counts["train"] == 0] if label not in alone]
    if alone:
        _weak(checked, "alone", alone, _(
            "Only one example each: {classes}. A class needs three at least, to train, to validate and to test. Add "
            "more, give the one another label, or leave it out.", classes=_names(alone)))  # fmt: skip
    if untaught:
        _weak(checked, "untaught", untaught, _(
            "Nothing to train on: {classes}. The model can never name these. Add examples to train on, or leave them "
            "out.", classes=_names(untaught)))  # fmt: skip
    if few:
        _weak(checked, "few", few, _(
            "Fewer than {few} examples: {classes}. The network can hardly learn these. Add more, or leave them out.",
            few=FEW, classes=_names(few)))  # fmt: skip


def _weak(checked: Checked, name: str, labels: list[str], told: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(told, icon=":material/warning:")
        st.button(_("Leave them out"), key=f"gate_{name}", icon=":material/block:", on_click=_leave_out,
                  args=(checked, labels))  # fmt: skip


def _leave_out(checked: Checked, labels: list[str]) -> None:
    rows = checked.kept.index[checked.kept["label"].isin(labels)]
    edits.add_all(owner.current(), checked.dataset.digest, dict.fromkeys(rows))


def _names(labels: list[str]) -> str:
    named = listed(plain(str(label)) for label in labels[:NAMED])
    return named if len(labels) <= NAMED else _("{classes} and {n} more", classes=named, n=len(labels) - NAMED)
