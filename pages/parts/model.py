"""Model: the settings of a case as a form, and the start."""

from __future__ import annotations

from dataclasses import Field
from typing import Any

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from cases.settings import Knob, as_json, default, knobs
from models.errors import InputError
from pages.parts import language, owner
from pages.parts.language import _
from runs import store
from runs.store import Run


def choose(case: Case, dataset: Dataset, run: Run | None) -> None:
    """The form, filled with the settings of the run that is shown; a start puts the new run into the address."""
    st.header(_("3 · Model"), anchor=False)
    title = _("Start another run with these data") if run else _("Every setting has a good default; you can start now.")
    with st.expander(title, expanded=run is None), st.form(f"{case.name}_settings", border=False):
        values = _fields(case, run)
        if st.form_submit_button(_("Start fine-tuning"), type="primary", icon=":material/play_arrow:"):
            _start(case, dataset, values)


def _fields(case: Case, run: Run | None) -> dict[str, Any]:
    groups: dict[str, list[str]] = {}
    for name, (_field, knob) in knobs(case.Settings).items():
        groups.setdefault(knob.group, []).append(name)
    values = _group(case, run, groups.pop("model"))
    with st.expander(_("More settings")):
        for group, names in groups.items():
            st.markdown(f"**{_titles()[group]}**")
            values |= _group(case, run, names)
    return values


def _titles() -> dict[str, str]:
    return {"training": _("Training"), "head": _("Head"), "data": _("Split of the data"), "machine": _("Machine")}


def _group(case: Case, run: Run | None, names: list[str]) -> dict[str, Any]:
    known, values = knobs(case.Settings), {}
    for start in range(0, len(names), 3):
        columns = st.columns(3)
        for column, name in zip(columns, names[start : start + 3], strict=False):
            with column:
                setting, knob = known[name]
                value = run.settings[name] if run else default(setting)
                values[name] = _field(f"{case.name}_{name}_{run.id if run else ''}", setting, knob, value)
    return values


def _field(key: str, setting: Field, knob: Knob, value: Any) -> Any:
    label, help = _(knob.label), _(knob.help)
    if knob.options is not None:
        options = list(dict.fromkeys([*knob.options, value]))
        return st.selectbox(
            label, options, options.index(value), format_func=lambda o: _(knob.options.get(o, o)),
            help=help, key=key, accept_new_options=knob.free,
        )  # fmt: skip
    if value is not None and knob.automatic:  # only a field that began empty can be emptied again
        st.session_state.setdefault(key, value)
        value = None
    number = int if "int" in str(setting.type) else float
    return st.number_input(
        label, number(knob.low), number(knob.high), value, help=help, key=key,
        format=None if number is int else "%g", placeholder=_("automatic"),
    )  # fmt: skip


def _start(case: Case, dataset: Dataset, values: dict[str, Any]) -> None:
    try:
        settings = case.Settings(**values)
    except InputError as error:
        st.error(language.of(error))
        return
    run = store.create_run(
        owner.current(), "fine_tune", case.name, dataset.name,
        dataset=dataset.digest, settings=as_json(settings),
        edits={str(row): label for row, label in dataset.edits.items()},
    )  # fmt: skip
    st.query_params["run"] = run
    st.query_params.pop("data", None)
    st.rerun()
