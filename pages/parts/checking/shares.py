"""The split: which share validates and which tests, and how many of each class that makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases import splits
from cases.base import Case
from cases.dataset import Dataset
from cases.settings import Knob, default, is_whole, knobs
from models.errors import InputError
from pages.parts import language
from pages.parts.abreast import abreast
from pages.parts.checking.facts import Checked
from pages.parts.language import _, listed
from pages.parts.modelling import form
from runs.store import Run

FEW_TESTED = 20  # items below which the final figure says little
MOST_ABREAST = 4  # fields; in more columns their words are cut off


def choose(case: Case, dataset: Dataset, run: Run | None) -> dict[str, Any]:
    """The settings of the group data, as fields; a part that came with the data needs no share. Data that grew begin
    with the settings by which their earlier version was divided, for then nothing of it moves."""
    given = set(dataset.as_read["split"]) & {"validation", "test"}
    known = {name: entry for name, entry in knobs(case.Settings).items() if entry[1].group == "data"}
    values, begun = {}, form.values(case, run)
    for column, (name, (setting, knob)) in abreast(list(known.items()), min(len(known), MOST_ABREAST)):
        now, key = begun[name], form.key(case, run, name)
        if knob.free:
            values[name] = _one_or_typed(column, case, name, now, key)
            continue
        if knob.options:
            usable = splits.known(dataset, knob.options) if splits.COPIES in knob.options else list(knob.options)
            values[name] = _one_of(column, knob, usable, now, key)
            continue
        if knob.automatic:
            form.put(key, now)
            values[name] = column.number_input(_(knob.label), value=None, format="%g", help=_(knob.help), key=key,
                                               placeholder=_("all"))  # fmt: skip
            continue
        kind, reason = int if is_whole(setting) else float, _why_idle(knob, name in given, values)
        form.put(key, kind(now))
        values[name] = column.number_input(
            _(knob.label), kind(knob.low), kind(knob.high), step=1 if kind is int else 0.05,
            format=None if kind is int else "%.2f", disabled=bool(reason),
            help=f"{reason}\n\n{_(knob.help)}" if reason else _(knob.help), key=key,
        )  # fmt: skip
    return values


def _why_idle(knob: Knob, given: bool, values: dict[str, Any]) -> str:
    """Why a share has no effect; "" where it has one."""
    if given:
        return _("This part came with the data.")
    reason = knob.matters.why_idle(values) if knob.matters else None
    return _(reason) if reason else ""


def _one_of(column: Any, knob: Knob, usable: list[str], now: str, key: str) -> str:
    """Of what this data has."""
    form.put(key, now if now in usable else usable[0])
    return column.selectbox(
        _(knob.label), usable, format_func=lambda name: _(knob.options[name]), disabled=len(usable) == 1,
        help=_(knob.help), key=key,
    )  # fmt: skip


def _one_or_typed(column: Any, case: Case, name: str, now: str, key: str) -> str:
    """One of the options or what was typed, where that makes sense; else the default, with the reason below."""
    setting, knob = knobs(case.Settings)[name]
    form.put(key, now)
    chosen = column.selectbox(
        _(knob.label), list(dict.fromkeys([*(knob.options or {}), st.session_state[key]])),
        format_func=lambda one: _((knob.options or {}).get(one, one)), help=_(knob.help), key=key,
        accept_new_options=True,
    )  # fmt: skip
    try:
        return getattr(case.Settings(**{name: chosen}), name)
    except InputError as error:
        column.caption(f":red[{language.of(error)}]")
        return default(setting)


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


def mend(checked: Checked, settings: Mapping[str, Any]) -> None:
    """Set these, as a person would in the fields. Called before they are drawn."""
    for name, value in settings.items():
        st.session_state[form.key(checked.case, checked.run, name)] = value


def problem(checked: Checked) -> InputError | None:
    """That a part is empty."""
    try:
        splits.require_parts(checked.parts, checked.dataset.targets)
    except InputError as error:
        return error
    return None


def sizes(checked: Checked) -> dict[str, int]:
    """How many are in each part."""
    counted = checked.kept["part"].value_counts()
    return {part: int(counted.get(part, 0)) for part in ("train", "validation", "test")}


def rough(checked: Checked) -> list[str]:
    """That there are few to test on, where that is so."""
    if (n := sizes(checked)["test"]) >= FEW_TESTED:
        return []
    return [_("Only {n} to test on: the final figure will be rough. Add more, or raise the test share.", n=n)]
