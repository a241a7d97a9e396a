"""Model report: one file that opens without Casebook, made when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages import task_types
from pages.shared import failures, owner, session, vocabulary
from pages.shared.address import of_route
from pages.shared.i18n import _, current
from pages.shared.text import bold
from pages.steps.export import report_sections
from runs.exports.report import document, kept
from runs.store.records import Run


@dataclass(frozen=True)
class Made:
    """A report that was made in this session: of which run, in which language, with or without examples."""

    run: str
    name: str
    language: str
    examples: bool


def show(run: Run) -> None:
    """A fragment: a report is made without the rest of the page."""
    title, whom = _("Model report"), _("For readers: charts, test results, data and settings as one HTML file.")
    with st.expander(f"{bold(title)} {whom}", icon=":material/description:", key=f"report_{run.id}", on_change="rerun"):
        st.fragment(_form)(run)


def _form(run: Run) -> None:
    st.markdown(_("It opens in any browser, without Casebook or a network, and prints as PDF."))
    examples = st.checkbox(
        _(task_types.of_run(run).in_report), key=f"report_examples_{run.id}",
        help=_("Whoever receives the file sees them. Without them, the report holds no examples."),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Create report"), key=f"report_make_{run.id}", icon=":material/note_add:"):
            failures.calmly(lambda: _make(run, examples))
        _link(run, examples)


def _make(run: Run, examples: bool) -> None:
    with st.spinner(_("Creating the report …")):
        content = document.html(report_sections.of(run, examples=examples))
        name = kept.keep(run, content)
    st.session_state[f"report_made_{run.id}"] = Made(run.id, name, current(), examples)


def _link(run: Run, examples: bool) -> None:
    """The download, until language or examples are chosen otherwise."""
    made = session.held(f"report_made_{run.id}", Made)
    if made is None or made != Made(run.id, made.name, current(), examples):
        return
    path = kept.find(run, made.name)
    if path is not None:
        token = owner.sign("report", run=run.id, report=made.name)
        st.link_button(
            _("Download the report ({size})", size=vocabulary.size(path.stat().st_size)),
            of_route(f"/api/report?token={token}&lang={current()}"), icon=":material/download:",
        )  # fmt: skip
