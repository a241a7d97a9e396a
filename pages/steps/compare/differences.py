"""Two tables: what the runs came to, and what was set differently."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import cases
from cases.settings import default, knobs
from pages.components import relabeled_note
from pages.shared import owner, vocabulary
from pages.shared.i18n import _
from pages.steps.compare.run_names import named_apart
from runs.store import records
from runs.store.records import Run

MISSING = "–"  # where a run has no such value


def results(named: dict[str, Run]) -> None:
    """Draw the results of the runs side by side."""
    st.subheader(_("Test results"), anchor=False)
    metrics = list(dict.fromkeys(name for run in named.values() if run.result for name in run.result["test"]))
    names = named_apart(named)
    table = pd.DataFrame([_result(names[letter], run, metrics) for letter, run in named.items()])
    st.dataframe(table, hide_index=True, width="stretch", key="compare_results", placeholder=MISSING)
    st.caption(_("Measured on the test set, which shows generalisation. In brackets: 95% confidence interval."))
    for letter, run in named.items():
        relabeled_note.show(run, letter)


def _result(name: str, run: Run, metrics: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {_("Run"): name, _("Status"): vocabulary.status(run)}
    test = run.result["test"] if run.result else {}
    for metric in metrics:
        told[vocabulary.metric(metric)] = _measured(metric, test[metric]) if test.get(metric) else None
    told[_("Test set of")] = vocabulary.data(run) if run.result else None
    told[_("Test examples")] = run.result["data"]["test"] if run.result else None
    told[_("Time (s)")] = round(sum((run.seconds or {}).values())) or None
    return told


def _measured(metric: str, figure: dict[str, float]) -> str:
    """The value and its interval in one cell, as 96.3% (93.2–98.4)."""
    low, high = (vocabulary.figure(metric, figure[end]).removesuffix("%") for end in ("low", "high"))
    return f"{vocabulary.figure(metric, figure['value'])} ({low}–{high})"


def settings(named: dict[str, Run]) -> None:
    """Draw the settings in which the runs differ."""
    st.subheader(_("Different settings"), anchor=False)
    columns = {name: label for run in named.values() for name, label in _labels(run).items()}
    data = _data_names(named)
    rows = {letter: _set(run, data) for letter, run in named.items()}
    differ = [name for name in columns if len({row.get(name) for row in rows.values()}) > 1]
    if not differ:
        st.caption(_("Data and settings are identical."))
        return
    names = named_apart(named)
    table = pd.DataFrame([
        {_("Run"): names[letter], **{columns[name]: row.get(name) for name in differ}}
        for letter, row in rows.items()
    ])  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", key="compare_settings", placeholder=MISSING)


def _labels(run: Run) -> dict[str, str]:
    told = {name: _(knob.label) for name, (_field, knob) in knobs(cases.get(run.case).Settings).items()}
    return {"data": _("Data"), "edits": _("Corrected or excluded"), **told}


def _data_names(named: dict[str, Run]) -> dict[str, str]:
    """Data set → its name and version; several of the same name are numbered, the earliest first, for their content
    differs."""
    known = {run.dataset: records.dataset(str(run.dataset), owner.current()) for run in named.values()}
    titles = {run.dataset: vocabulary.data(run) if known[run.dataset] else run.name for run in named.values()}
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
    told = {"data": data[run.dataset], "edits": str(len(run.edits))}
    acted = (run.result or {}).get("settings", {})  # also what stood for fields that were left empty
    for name, (setting, knob) in knobs(cases.get(run.case).Settings).items():
        value = run.settings.get(name, default(setting))
        told[name] = vocabulary.setting_value(knob, acted.get(name) if value is None else value)
    return told
