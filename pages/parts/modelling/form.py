"""The settings of a case as fields; those without effect now are greyed out and say why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import Field
from typing import Any

import streamlit as st

from cases.base import Case
from cases.settings import Knob, default, idle, is_whole, knobs, options
from pages.parts.abreast import abreast
from pages.parts.language import _
from runs.store import Run


def key(case: Case, run: Run | None, name: str) -> str:
    return f"{case.name}_{name}_{run.id if run else ''}"


def initial(case: Case, run: Run | None) -> dict[str, Any]:
    """Of every setting what its field begins with: as in the run that is shown, else the default."""
    known = knobs(case.Settings)
    usual = {name: default(setting) for name, (setting, _knob) in known.items()}
    begun = {name: (run.settings if run else {}).get(name, value) for name, value in usual.items()}
    if "task" in known:
        begun["task"] = st.session_state.get(key(case, run, "task"), begun["task"])
    return {name: getattr(case.Settings(**begun), name) for name in known}  # what makes sense in the task


def values(case: Case, run: Run | None) -> dict[str, Any]:
    """What the fields say now, also those that are drawn further down."""
    begun, known = initial(case, run), knobs(case.Settings)
    said = {name: st.session_state.get(key(case, run, name), value) for name, value in begun.items()}
    task = said.get("task", "")
    return {name: begun[name] if value in known[name][1].unfit.get(task, ()) else value for name, value in said.items()}


def groups(case: Case) -> dict[str, list[str]]:
    """Group → its settings, in the order of the form; without the model, which has a list of its own, and what the step
    before decides: what is learnt, and the split of the data."""
    found: dict[str, list[str]] = {}
    for name, (_setting, knob) in knobs(case.Settings).items():
        if name != "model" and knob.group not in ("data", "task"):
            found.setdefault(knob.group, []).append(name)
    return found


def forget(case: Case, run: Run | None) -> None:
    """What was chosen among options that differ from task to task: another is learnt from now on."""
    for name, (_setting, knob) in knobs(case.Settings).items():
        if knob.unfit:
            st.session_state.pop(key(case, run, name), None)


def titles() -> dict[str, str]:
    return {
        "body": _("Pretrained body"),
        "network": _("Network"),
        "head": _("Head"),
        "training": _("Training"),
        "machine": _("Machine"),
    }


def draw(case: Case, run: Run | None, names: Iterable[str], columns: int = 3) -> None:
    """Fields side by side, on a phone one below the other."""
    now, names = values(case, run), list(names)
    reasons, automatic = idle(case.Settings, now), case.Settings.automatic(now)
    begun, known, task = initial(case, run), knobs(case.Settings), now.get("task", "")
    for column, name in abreast(names, columns):
        setting, knob = known[name]
        with column:
            _field(key(case, run, name), setting, knob, begun[name], reasons.get(name), automatic.get(name), task)


def _field(
    key: str, setting: Field, knob: Knob, value: Any, reason: str | None, automatic: float | None, task: str
) -> None:
    label, help = _(knob.label), _(knob.help)
    if reason:
        help = f"{_(reason)}\n\n{help}"
    if knob.options is not None:
        usable = options(knob, task)
        if st.session_state.get(key) not in usable:
            st.session_state.pop(key, None)  # chosen for another task
        st.selectbox(
            label, usable, usable.index(value), format_func=lambda option: _(knob.options[option]), help=help, key=key,
            disabled=bool(reason),
        )  # fmt: skip
        return
    if value is not None and knob.automatic:  # only a field that began empty can be emptied again
        st.session_state.setdefault(key, value)
        value = None
    number = int if is_whole(setting) else float
    st.number_input(
        label, number(knob.low), number(knob.high), value if value is None else number(value), help=help, key=key,
        format=None if number is int else "%g", disabled=bool(reason),
        placeholder=_("automatic: {n:g}", n=automatic) if automatic else None,
    )  # fmt: skip
