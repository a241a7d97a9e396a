"""The split: which share validates and which tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import streamlit as st

from cases import groups
from cases.base import Case
from cases.dataset import Dataset
from cases.settings import FieldSpec, default, is_whole, knobs, of_group
from models.errors import InputError
from pages.shared import i18n, session, vocabulary
from pages.shared.i18n import _
from pages.shared.layout import abreast
from pages.steps.model import settings_form
from pages.task_types.data_report import DataReport
from runs.store.records import Run

MOST_ABREAST = 4  # fields; in more columns their words are cut off


def choose(
    case: Case, dataset: Dataset, run: Run | None, offered: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> dict[str, Any]:
    """The settings of the group data, as fields; a part that came with the data needs no share. Data that grew begin
    with the settings by which their earlier version was divided, for then nothing of it moves. `offered`: what the
    data have to choose from where a setting may be typed."""
    given = set(dataset.as_read["split"].unique()) & {"validation", "test"}
    known = of_group(case.Settings, "data")
    values, begun = {}, settings_form.values(case, run)
    for column, (name, (setting, knob)) in abreast(list(known.items()), min(len(known), MOST_ABREAST)):
        now, key = begun[name], settings_form.key(case, run, name)
        if knob.options and knob.free_after:
            values[name] = _one_of(column, knob, groups.known(dataset, knob.options), now, key)
            continue
        if knob.free:
            values[name] = _one_or_typed(column, case, name, now, offered.get(name, ()), key)
            continue
        if knob.options:
            values[name] = _one_of(column, knob, list(knob.options), now, key)
            continue
        if knob.automatic:
            session.put(key, now)
            values[name] = column.number_input(
                _(knob.label), value=None, format="%g", help=vocabulary.explained(knob), key=key, placeholder=_("all")
            )
            continue
        kind, reason = int if is_whole(setting) else float, _why_idle(knob, name in given, values)
        session.put(key, kind(now))
        values[name] = column.number_input(
            _(knob.label), kind(knob.low), kind(knob.high), step=1 if kind is int else 0.05,
            format=None if kind is int else "%.2f", disabled=bool(reason),
            help=f"{reason}\n\n{vocabulary.explained(knob)}" if reason else vocabulary.explained(knob), key=key,
        )  # fmt: skip
    return values


def _why_idle(knob: FieldSpec, given: bool, values: dict[str, Any]) -> str:
    """Why a share has no effect; "" where it has one."""
    if given:
        return _("Set by the uploaded data.")
    reason = knob.matters.why_idle(values) if knob.matters else None
    return _(reason) if reason else ""


def _one_of(column: Any, knob: FieldSpec, usable: list[str], now: str, key: str) -> str:
    """Of what this data has."""
    session.put(key, now if now in usable else usable[0])
    return column.selectbox(
        _(knob.label), usable, format_func=lambda name: vocabulary.setting_value(knob, name), disabled=len(usable) == 1,
        help=vocabulary.explained(knob), key=key,
    )  # fmt: skip


def _one_or_typed(column: Any, case: Case, name: str, now: str, more: Sequence[str], key: str) -> str:
    """One of the options or what was typed, where that makes sense; else the default, with the reason below."""
    setting, knob = knobs(case.Settings)[name]
    session.put(key, now)
    chosen = column.selectbox(
        _(knob.label), list(dict.fromkeys([*(knob.options or {}), *more, now])),
        format_func=lambda one: _((knob.options or {}).get(one, one)), help=vocabulary.explained(knob), key=key,
        accept_new_options=True,
    )  # fmt: skip
    try:
        return getattr(case.Settings(**{name: chosen}), name)
    except InputError as error:
        column.caption(f":red[{i18n.of(error)}]")
        return default(setting)


def mend(checked: DataReport, settings: Mapping[str, Any]) -> None:
    """Set these, as a person would in the fields. Called before they are drawn."""
    for name, value in settings.items():
        st.session_state[settings_form.key(checked.case, checked.run, name)] = value
