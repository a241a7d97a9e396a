"""Two tables: what the runs came to, and what was set differently."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import cases
from cases.settings import default, knobs
from models.metrics import is_share
from pages.parts import owner, words
from pages.parts.evaluating import edited
from pages.parts.language import _
from runs import store
from runs.store import Run

MISSING = "–"  # where a run has no such value


def results(named: dict[str, Run]) -> None:
    st.subheader(_("Results on the test part"), anchor=False)
    metrics = list(dict.fromkeys(name for run in named.values() if run.result for name in run.result["test"]))
    table = pd.DataFrame([_result(letter, run, metrics) for letter, run in named.items()])
    written = {words.metric(name): st.column_config.NumberColumn(format="%.1f %%" if is_share(name) else "%.3f")
               for name in metrics}  # fmt: skip
    st.dataframe(table, hide_index=True, column_config=written, width="stretch", key="compare_results",
                 placeholder=MISSING)  # fmt: skip
    for letter, run in named.items():
        edited.show(run, letter)


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
    data = _data_names(named)
    rows = {letter: _set(run, data) for letter, run in named.items()}
    differ = [name for name in columns if len({row.get(name) for row in rows.values()}) > 1]
    if not differ:
        st.caption(_("Nothing: data and settings are the same."))
        return
    table = pd.DataFrame([
        {_("Run"): f"{letter} · {named[letter].name}", **{columns[name]: row.get(name) for name in differ}}
        for letter, row in rows.items()
    ])  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", key="compare_settings", placeholder=MISSING)


def _labels(run: Run) -> dict[str, str]:
    told = {name: _(knob.label) for name, (_field, knob) in knobs(cases.get(run.case).Settings).items()}
    return {"data": _("Data"), "edits": _("Labels mended, items left out"), **told}


def _data_names(named: dict[str, Run]) -> dict[str, str]:
    """Data set → its name and version; several of the same name are numbered, the earliest first, for their content
    differs."""
    known = {run.dataset: store.dataset(str(run.dataset), owner.current()) for run in named.values()}
    titles = {run.dataset: words.data(run) if known[run.dataset] else run.name for run in named.values()}
    told = {}
    for title in dict.fromkeys(titles.values()):
        alike = [identity for identity in titles if titles[identity] == title]
        alike.sort(key=lambda identity: known[identity].created if known[identity] else 0.0)
        told |= {
            identity: title if len(alike) == 1 else f"{title} ({number})" for number, identity in enumerate(alike, 1)
        }
    return told


def _set(run: Run, data: dict[str, str]) -> dict[str, str]:
    """Everything that was set, as a person would say it."""
    told = {"data": data[run.dataset], "edits": str(len(run.edits or {}))}
    acted = (run.result or {}).get("settings", {})  # also what stood for fields that were left empty
    for name, (setting, knob) in knobs(cases.get(run.case).Settings).items():
        value = run.settings.get(name, default(setting))
        told[name] = words.setting_value(name, knob, acted.get(name) if value is None else value)
    return told
