"""The split: which share validates and which tests, and how many of each class that makes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cases import splits
from cases.base import Case
from cases.dataset import Dataset
from cases.settings import Knob, default, is_whole, knobs
from pages.parts import owner
from pages.parts.abreast import abreast
from pages.parts.checking.facts import Checked
from pages.parts.language import _, listed
from runs import datasets
from runs.store import Run

MOST_ABREAST = 4  # fields; in more columns their words are cut off


def choose(case: Case, dataset: Dataset, run: Run | None) -> dict[str, Any]:
    """The settings of the group data, as fields; a part that came with the data needs no share. Data that grew begin
    with the settings by which their earlier version was divided, for then nothing of it moves."""
    given = set(dataset.as_read["split"]) & {"validation", "test"}
    known = {name: entry for name, entry in knobs(case.Settings).items() if entry[1].group == "data"}
    before = datasets.settings_before(owner.current(), dataset)
    values, which = {}, run.id if run else dataset.digest if dataset.before else ""
    for column, (name, (setting, knob)) in abreast(list(known.items()), min(len(known), MOST_ABREAST)):
        now = run.settings[name] if run else before.get(name, default(setting))
        key = f"{case.name}_split_{name}_{which}"
        if knob.options:
            usable = splits.known(dataset, knob.options) if splits.COPIES in knob.options else list(knob.options)
            values[name] = _one_of(column, knob, usable, now, key)
            continue
        if knob.automatic:
            values[name] = column.number_input(_(knob.label), value=now, format="%g", help=_(knob.help), key=key,
                                               placeholder=_("all"))  # fmt: skip
            continue
        kind, reason = int if is_whole(setting) else float, _why_idle(knob, name in given, values)
        values[name] = column.number_input(
            _(knob.label), kind(knob.low), kind(knob.high), kind(now),
            step=1 if kind is int else 0.05, format=None if kind is int else "%.2f", disabled=bool(reason),
            help=f"{reason}\n\n{_(knob.help)}" if reason else _(knob.help), key=key,
        )  # fmt: skip
    return values


def _why_idle(knob: Knob, given: bool, values: dict[str, Any]) -> str:
    """Why a share has no effect; "" where it has one."""
    if given:
        return _("This part came with the data.")
    return _(knob.matters.reason) if knob.matters and not knob.matters.holds(values) else ""


def _one_of(column: Any, knob: Knob, usable: list[str], now: str, key: str) -> str:
    """Of what this data has."""
    place = usable.index(now) if now in usable else 0
    return column.selectbox(
        _(knob.label), usable, place, format_func=lambda name: _(knob.options[name]), disabled=len(usable) == 1,
        help=_(knob.help), key=key,
    )  # fmt: skip


def told(checked: Checked) -> None:
    """How the data are divided."""
    given = [name for name in ("train", "validation", "test") if name in set(checked.dataset.as_read["split"])]
    names = {"train": _("Training"), "validation": _("Validation"), "test": _("Test")}
    if checked.dataset.before is not None:
        st.caption(_("What was there before files were added stays in its part as long as these settings stay; what "
                     "was added is divided by the same shares, and copies join what they are copies of."))  # fmt: skip
    if given:
        parts = listed(names[name] for name in given)
        st.caption(_("Came with the data: {parts}. No others join a given test or validation part.", parts=parts))
    elif checked.dataset.targets == "classes":
        st.caption(_("Each class is divided by the same shares. Copies stay together in one part, so that nothing is "
                     "tested on what it was trained on."))  # fmt: skip
    else:
        st.caption(_("They are divided by chance. Copies stay together in one part, so that nothing is tested on what "
                     "it was trained on."))  # fmt: skip
