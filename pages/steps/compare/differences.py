"""Two tables: what the runs came to, and what was set differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

import cases
from cases import class_renames
from cases.settings import MODEL, FieldSpec, knobs
from pages.components import relabeled_note
from pages.shared import acted_settings, durations, owner, vocabulary
from pages.shared.acted_settings import Setting
from pages.shared.i18n import _, count
from pages.steps.compare.run_names import named_apart
from runs.store import dataset_rows, datasets
from runs.store.records import Run

MISSING = "–"  # where a run has no such value


def results(named: dict[str, Run]) -> None:
    """Draw the results of the runs side by side."""
    st.subheader(_("Test results"), anchor=False)
    columns = list(dict.fromkeys(title for run in named.values() for title in _measured_in(run)))
    names = named_apart(named)
    table = pd.DataFrame([_result(names[letter], run, columns) for letter, run in named.items()])
    st.dataframe(table, hide_index=True, width="stretch", key="compare_results", placeholder=MISSING)
    st.caption(_("Measured on the test set, which shows generalisation. In brackets: 95% confidence interval."))
    for letter, run in named.items():
        relabeled_note.show(run, letter)


def _measured_in(run: Run) -> dict[str, str | None]:
    """The title of each metric, and its figure."""
    test = run.result["test"] if run.result else {}
    return {vocabulary.measured(run, metric): _measured(metric, one) if one else None for metric, one in test.items()}


def _result(name: str, run: Run, columns: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {_("Run"): name, _("Status"): vocabulary.status(run)}
    told |= {title: _measured_in(run).get(title) for title in columns}
    told[_("Test set from")] = vocabulary.data(run) if run.result else None
    told[_("Test examples")] = run.result["data"]["test"] if run.result else None
    told[_("Time")] = durations.of(run) or None
    return told


def _measured(metric: str, figure: dict[str, float]) -> str:
    """The value and its interval in one cell, as 96.3% (93.2–98.4)."""
    low, high = (vocabulary.figure(metric, figure[end]).removesuffix("%") for end in ("low", "high"))
    return f"{vocabulary.figure(metric, figure['value'])} ({low}–{high})"


def settings(named: dict[str, Run]) -> None:
    """Draw the settings in which the runs differ; where one has no effect in a run it has no value there."""
    st.subheader(_("Different settings"), anchor=False)
    data = _data_names(named)
    rows = {letter: _set(run, data) for letter, run in named.items()}
    labels = _labels(list(named.values()), list(rows.values()))
    differ = [name for name in labels if _differs([row.get(name) for row in rows.values()])]
    if not differ:
        st.caption(_("Data and settings are identical."))
        return
    names = named_apart(named)
    table = pd.DataFrame([
        {_("Run"): names[letter], **{labels[name]: row[name].told if name in row else None for name in differ}}
        for letter, row in rows.items()
    ])  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", key="compare_settings", placeholder=MISSING)


def _labels(runs: Sequence[Run], rows: Sequence[Mapping[str, Setting]]) -> dict[str, str]:
    """Setting → a label that is true of all runs in which it has an effect."""
    found: dict[str, list[FieldSpec]] = {}
    for run, row in zip(runs, rows, strict=True):
        for name, (_field, knob) in knobs(cases.get(run.case).Settings).items():
            if name in row:
                found.setdefault(name, []).append(knob)
    told = {name: _label(of_cases) for name, of_cases in found.items()}
    return {"data": _("Data"), "edits": _("Corrected or excluded"), **told}


def _label(of_cases: Sequence[FieldSpec]) -> str:
    alike = len({knob.label for knob in of_cases}) == 1
    return _(of_cases[0].label) if alike or of_cases[0].role != MODEL else _("Pretrained model")


def _differs(values: Sequence[Setting | None]) -> bool:
    """Whether it was set differently; that it has no effect in a run follows from another setting, which tells it."""
    acting = [value for value in values if value]
    return len({value.told for value in acting}) > 1 or (
        len(acting) < len(values) and any(not value.usual for value in acting)
    )


def _data_names(named: dict[str, Run]) -> dict[str, str]:
    """Data set → its name and version; several of the same name are numbered, the earliest first, for their content
    differs."""
    known = {run.dataset: dataset_rows.by_id(str(run.dataset), owner.current()) for run in named.values()}
    titles = {run.dataset: vocabulary.data(run) if known[run.dataset] else run.name for run in named.values()}
    told = {}
    for title in dict.fromkeys(titles.values()):
        alike = [identity for identity in titles if titles[identity] == title]
        alike.sort(key=lambda identity: known[identity].created if known[identity] else 0.0)
        told |= {
            identity: title if len(alike) == 1 else f"{title} ({number})" for number, identity in enumerate(alike, 1)
        }
    return told


def _edited(run: Run) -> str:
    """How many examples were corrected or excluded, and how many classes renamed."""
    told = datasets.edits_of(run)
    names = sum(map(class_renames.is_class, told))
    renamed = [count("{n} class renamed", "{n} classes renamed", names)] if names else []
    return " · ".join([str(len(told) - names), *renamed])


def _set(run: Run, data: dict[str, str]) -> dict[str, Setting]:
    """Everything that was set and has an effect, as a person would say it."""
    told = {"data": Setting(data[run.dataset]), "edits": Setting(_edited(run))}
    return told | acted_settings.of(run)
