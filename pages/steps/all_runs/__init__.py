"""All runs of a person as a table: found, opened, renamed, compared, cloned and deleted."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

import cases
from pages.components import plot, run_table
from pages.shared import owner, session
from pages.shared.i18n import _
from pages.steps import webhook
from pages.steps.all_runs import changes, rows
from pages.steps.compare import LETTERS
from pages.steps.model import kept_settings
from runs.store import dataset_rows, preferences, records
from runs.store.records import Run

MOST = 500  # the newest
EVERY = 3  # seconds after which what still runs is looked at again
KEY = "runs_table"


def show() -> None:
    """Draw the table; while one of the runs is at work, it is looked at again."""
    found = records.run_list(owner.current(), most=MOST)
    if not found:
        _nothing()
        return
    st.fragment(_table, run_every=EVERY if any(not run.ended_already for run in found) else None)()
    webhook.show("runs")
    changes.ask_about_deletion()  # out here, for looking again would close it
    plot.prepare("runs_plotly")


def _table() -> None:
    found = records.run_list(owner.current(), most=MOST)
    settings = rows.settings(found)
    run_table.show(rows.of(found), key=KEY, most=len(LETTERS), columns=_columns(settings), settings=settings,
                   on_changed=_change, on_columns=lambda: _keep_columns(settings))  # fmt: skip
    if len(found) == MOST:
        st.caption(_("The newest {n} runs are listed.", n=MOST))
    known = {run.id: run for run in found}
    if opened := _named("opened", known):
        st.switch_page(f"{opened[0].case}.py", query_params={"run": opened[0].id})
    if cloned := _named("cloned", known):
        _clone(cloned[0])
    if compared := _named("compared", known)[: len(LETTERS)]:
        st.query_params["compare"] = ",".join(run.id for run in compared)
        st.rerun()
    if deleted := _named("deleted", known):
        changes.begin_deletion(deleted)


def _named(event: str, known: dict[str, Run]) -> list[Run]:
    """The runs that the table sent with this event, as far as they are this person's."""
    sent = session.told(KEY, event) or ""
    return [known[identity] for identity in dict.fromkeys(sent.split(",")) if identity in known]


def _change() -> None:
    changes.save(session.told(KEY, "changed", dict) or {})


def _columns(settings: Mapping[str, str]) -> list[str]:
    """Those that this person chose, as far as there are such."""
    chosen = preferences.of(owner.current(), preferences.RUN_COLUMNS, run_table.USUAL)
    return [name for name in (*run_table.OPTIONAL, *settings) if name in chosen]


def _keep_columns(settings: Mapping[str, str]) -> None:
    chosen = (session.told(KEY, "columns") or "").split(",")
    known = [name for name in (*run_table.OPTIONAL, *settings) if name in chosen]
    preferences.keep(owner.current(), preferences.RUN_COLUMNS, known)


def _clone(run: Run) -> None:
    """Lead to the data of the run, with its settings chosen; nothing where the data were deleted."""
    if dataset_rows.by_id(str(run.dataset), run.owner):
        kept_settings.take_over(cases.get(run.case), run)
        st.switch_page(f"{run.case}.py", query_params={"data": str(run.dataset)})


def _nothing() -> None:
    st.markdown(_("You have no runs yet."))
    st.page_link("home.py", label=_("Choose a case study"), icon=":material/arrow_forward:", width="content")
