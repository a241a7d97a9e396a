"""Model report: one file that opens without Casebook, made when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages import task_types
from pages.shared import failures, i18n, owner, presses, session, vocabulary
from pages.shared.address import of_route
from pages.shared.i18n import _, current
from pages.steps.export import report_sections, static_content, way_out
from runs.exports.report import document, kept
from runs.language import LANGUAGES
from runs.store import shares
from runs.store.records import Run


@dataclass(frozen=True)
class Asked:
    """What its owner wants of a report."""

    language: str
    title: str
    purpose: str
    author: str
    examples: bool


@dataclass(frozen=True)
class Made:
    """A report that was made in this session, and what was asked for."""

    name: str
    asked: Asked


def show(run: Run) -> None:
    """A fragment: a report is made without the rest of the page."""
    title, whom = _("Model report"), _("For readers: charts, test results, data and settings as one HTML file.")
    with way_out.fold("description", title, whom, key=f"report_{run.id}", on_change="rerun"):
        st.fragment(_form)(run)


def _form(run: Run) -> None:
    st.markdown(_("It opens in any browser, without Casebook or a network, and prints as PDF."))
    asked = _asked(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = f"report_make_{run.id}"
        st.button(_("Create report"), key=pressed, icon=":material/note_add:", on_click=presses.note, args=(pressed,))
        if press := presses.of(pressed):
            press.over = True
            failures.calmly(lambda: _make(run, asked))
        _link(run, asked)


def _asked(run: Run) -> Asked:
    key, most = f"report_{run.id}", shares.LONGEST
    spoken, usual = f"{key}_language", static_content.titles(run)
    session.put(spoken, session.among(spoken, LANGUAGES, current()))
    language = st.segmented_control(
        _("Language of the report"), list(LANGUAGES), format_func=LANGUAGES.get, key=spoken, required=True
    )  # fmt: skip
    title = st.text_input(_("Title"), usual[language], key=f"{key}_title_{language}", max_chars=most["title"])
    purpose = st.text_area(
        _("Purpose (optional)"), key=f"{key}_purpose", max_chars=most["description"], height=80,
        help=_("What the model is for, and who decides by this report."),
    )  # fmt: skip
    author = st.text_input(
        _("Made by (optional)"), key=f"{key}_author", max_chars=most["title"],
        help=_("A person or a team; it stands below the title."),
    )  # fmt: skip
    examples = st.checkbox(
        _(task_types.of_run(run).in_report), key=f"report_examples_{run.id}",
        help=_("Whoever receives the file sees them. Without them, the report holds no examples."),
    )  # fmt: skip
    return Asked(language, title, purpose, author, examples)


def _make(run: Run, asked: Asked) -> None:
    with st.spinner(_("Creating the report …")), i18n.speaking(asked.language):
        report = report_sections.of(run, examples=asked.examples, title=asked.title, purpose=asked.purpose,
                                    author=asked.author)  # fmt: skip
        name = kept.keep(run, document.html(report))
    st.session_state[f"report_made_{run.id}"] = Made(name, asked)


def _link(run: Run, asked: Asked) -> None:
    """The download, until something else is asked for."""
    made = session.held(f"report_made_{run.id}", Made)
    if made is None or made.asked != asked:
        return
    path = kept.find(run, made.name)
    if path is not None:
        token = owner.sign("report", run=run.id, report=made.name, language=asked.language)
        st.link_button(
            _("Download the report ({size})", size=vocabulary.size(path.stat().st_size)),
            of_route(f"/api/report?token={token}&lang={current()}"), icon=":material/download:",
        )  # fmt: skip
