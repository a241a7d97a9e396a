"""Two tables: what the runs came to, and what was set differently."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import cases
from cases.settings import default, knobs
from models.metrics import is_share
from pages.parts import words
from pages.parts.language import _
from runs.store import Run


def results(named: dict[str, Run]) -> None:
    st.subheader(_("Results on the test part"), anchor=False)
    metrics = list(dict.fromkeys(name for run in named.values() if run.result for name in run.result["test"]))
    table = pd.DataFrame([_result(letter, run, metrics) for letter, run in named.items()])
    written = {words.metric(name): st.column_config.NumberColumn(format="%.1f %%" if is_share(name) else "%.3f")
               for name in metrics}  # fmt: skip
    st.dataframe(table, hide_index=True, column_config=written, width="stretch", key="compare_results")


def _result(letter: str, run: Run, metrics: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {_("Run"): f"{letter} · {run.name}", _("Status"): words.status(run)}
    test = run.result["test"] if run.result else {}
    for name in metrics:
        figure = test.get(name)
        told[words.metric(name)] = figure and (100 if is_share(name) else 1) * figure["value"]
        told[_("{metric}, 95 % interval", metric=words.metric(name))] = figure and _interval(name, figure)
    told[_("Test part of")] = words.data(run) if run.result else None
    told[_("Items tested")] = run.result["data"]["test"] if run.result else None
    told[_("Seconds")] = round(sum((run.seconds or {}).values())) or None
    return told


def _interval(name: str, figure: dict[str, float]) -> str:
    return f"{words.figure(name, figure['low'])} – {words.figure(name, figure['high'])}"


def settings(named: dict[str, Run]) -> None:
    st.subheader(_("What was set differently"), anchor=False)
    columns = {name: label for run in named.values() for name, label in _labels(run).items()}
    rows = {letter: _set(run) for letter, run in named.items()}
    differ = [name for name in columns if len({row.get(name) for row in rows.values()}) > 1]
    if not differ:
        st.caption(_("Nothing: data and settings are the same."))
        return
    table = pd.DataFrame([
        {_("Run"): f"{letter} · {named[letter].name}", **{columns[name]: row.get(name) for name in differ}}
        for letter, row in rows.items()
    ])  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", key="compare_settings")


def _labels(run: Run) -> dict[str, str]:
    told = {name: _(knob.label) for name, (_field, knob) in knobs(cases.get(run.case).Settings).items()}
    return {"data": _("Data"), "edits": _("Labels mended, items left out"), **told}


def _set(run: Run) -> dict[str, str]:
    """As a person would say it."""
    told = {"data": words.data(run), "edits": str(len(run.edits or {}))}
    for name, (setting, knob) in knobs(cases.get(run.case).Settings).items():
        value = run.settings.get(name, default(setting))
        shown = (knob.options or {}).get(value, value)
        told[name] = words.model(value) if name == "model" else _("automatic") if value is None else _(str(shown))
    return told
