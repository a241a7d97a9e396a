"""The trials of a search as a table; a click opens one as a run."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import cases
from cases.settings import knobs
from pages.shared import address, durations, vocabulary
from pages.shared.i18n import _
from runs.search import journal
from runs.search.journal import Journal, Trial
from runs.store.records import Run

NOTHING = "–"
TALL = 12  # rows that are shown without scrolling
ROW = 35  # pixels
WIDE_SCORE, WIDE_STATUS = 190, 190  # pixels, so that neither the title of the scores nor the longest state is cut


def state(trial: Trial, *, trying: bool = False) -> str:
    """How a trial stands or ended, in a word or two. While the search is still `trying`, what takes long waits."""
    if trying and trial.state == journal.SLOW and not trial.run:
        return _("Waiting")
    if trial.known and trial.state in (journal.DONE, journal.RUNNING):
        return _("Known from an earlier run")
    names = {
        journal.RUNNING: _("Running"), journal.DONE: _("Done"), journal.PRUNED: _("Ended early: behind"),
        journal.CUT: _("Ended by time"), journal.FAILED: _("Failed"), journal.SLOW: _("Not enough time left"),
    }  # fmt: skip
    return names[trial.state]


def setting(run: Run, name: str, value: Any) -> str:
    """The value of a setting as its field shows it."""
    known = knobs(cases.get(run.case).Settings)
    return vocabulary.setting_value(known[name][1], value) if name in known else str(value)


def called(run: Run, trial: Trial) -> str:
    """What is trained, and how: models and parts by their titles, numbers with their names."""
    known = knobs(cases.get(run.case).Settings)
    told = []
    for name, value in trial.settings.items():
        if name in known:
            knob = known[name][1]
            told.append(setting(run, name, value) if knob.role else vocabulary.setting(knob, value))
    return " · ".join(told)


def figure(run: Run, trial: Trial) -> str:
    """The score on the validation part; a dash where there is none."""
    return NOTHING if trial.value is None else vocabulary.figure(vocabulary.task_of(run).metric, trial.value)


def interval(run: Run, trial: Trial) -> str:
    """The score with its interval, as 96.3% (93.2–98.4)."""
    if trial.value is None or trial.low is None or trial.high is None:
        return NOTHING
    metric = vocabulary.task_of(run).metric
    low, high = (vocabulary.figure(metric, end).removesuffix("%") for end in (trial.low, trial.high))
    return f"{vocabulary.figure(metric, trial.value)} ({low}–{high})"


def took(trial: Trial) -> str:
    """Its time within the search: one that is known was trained before it."""
    return durations.told(trial.seconds) if trial.seconds and not trial.known else NOTHING


def score(run: Run) -> str:
    """The title of the scores: the header of the page has the same metric on the test set."""
    return _("{metric} (validation)", metric=vocabulary.metric(vocabulary.task_of(run).metric))


def columns(run: Run, known: Journal) -> list[str]:
    """The settings by which the trials differ, in the order of the form."""
    seen = {name for one in known.trials for name in one.settings}
    ordered = [name for name in knobs(cases.get(run.case).Settings) if name in seen]
    return [name for name in ordered if len({str(one.settings.get(name)) for one in known.trials}) > 1] or ordered[:1]


def table(run: Run, known: Journal) -> None:
    """Draw the trials in their order, the best one marked."""
    shown, names = list(known.trials), columns(run, known)
    frame = pd.DataFrame([_row(run, known, number, one, names) for number, one in enumerate(shown, 1)])
    key = f"search_trials_{run.id}"
    widths = {score(run): WIDE_SCORE, _("Status"): WIDE_STATUS}
    chosen = st.dataframe(
        frame, hide_index=True, width="stretch", key=key, on_select="rerun", selection_mode="single-cell",
        height=ROW * (min(len(shown), TALL) + 1) + 3,
        column_config={title: st.column_config.Column(width=width) for title, width in widths.items()},
    )  # fmt: skip
    if (cells := chosen["selection"]["cells"]) and shown[cells[0][0]].run:
        address.change(run=shown[cells[0][0]].run, data=None, see=None, cell=None, item=None)
        st.rerun()


def _row(run: Run, known: Journal, number: int, one: Trial, names: list[str]) -> dict[str, Any]:
    labels = knobs(cases.get(run.case).Settings)
    return {
        _("Trial"): f"★ {number}" if one.run and one.run == known.best else str(number),
        score(run): interval(run, one),  # what it brought and cost comes first: many settings are wider than the screen
        _("Time"): took(one),
        _("Status"): state(one, trying=run.status == "running" and not known.over),
        **{_(labels[name][1].label): setting(run, name, one.settings[name]) if name in one.settings else NOTHING
           for name in names},
    }  # fmt: skip
