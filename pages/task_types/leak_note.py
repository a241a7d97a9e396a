"""What the check found that makes the figure too good, and the settings of the run did not mend: speakers who are heard
in training, for instance. Copies are counted, see `pages.components.repeated_note`."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
import streamlit as st

import cases
from cases.base import Finding
from pages.shared import i18n
from pages.shared.i18n import _
from pages.shared.text import bold
from pages.task_types.data_report import DataReport
from runs.store import datasets, records
from runs.store.records import Run


def show(run: Run) -> None:
    """For the owner, with what to do; nothing where nothing is left, or the data are gone."""
    for found in _left(run):
        advice = _(found.advice, **i18n.shown(found.args))
        icon = ":yellow[:material/error:]" if found.sure else ":material/info:"
        st.markdown(f"{icon} {bold(_(found.title))} · {advice}")


def told(run: Run) -> list[str]:
    """For who sees the result alone: what it means."""
    return list(dict.fromkeys(_(found.outcome, **i18n.shown(found.args)) for found in _left(run)))


def _left(run: Run) -> tuple[Finding, ...]:
    return _of(run.id, run.owner) if datasets.is_there(str(run.dataset), run.owner) else ()


@lru_cache(maxsize=64)
def _of(identity: str, owner: str) -> tuple[Finding, ...]:
    """Looked for once, since a demo is drawn anew for every visitor: the data a run saw are no more changed."""
    run = records.run(identity, owner)
    dataset = datasets.of_run(run) if run else None
    if run is None or dataset is None:
        return ()
    checked = DataReport(cases.get(run.case), dataset, pd.Series(dtype=object), run.settings, run)
    return tuple(found for found in checked.findings if found.limits(run.settings))
