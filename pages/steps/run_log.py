"""The log of a run: the error that ended it, the last lines, and all of them as a file."""

from __future__ import annotations

import streamlit as st

from pages.shared import owner
from pages.shared.i18n import _
from pages.shared.text import bold
from runs.logs import of_run
from runs.store import records
from runs.store.records import Run

SHOWN = 200  # lines


def show(run: Run) -> None:
    """Draw it folded; it is read only once it is unfolded."""
    fold = st.expander(_("Log"), icon=":material/terminal:", key=f"log_{run.id}", on_change="rerun")
    with fold:
        if fold.open:
            st.fragment(_log)(run)


def _log(run: Run) -> None:
    keeping = records.latest("keep", run.id, owner.current())
    log = of_run.read([run.id, *([keeping.id] if keeping else [])])
    if not log.text:
        st.caption(_("Nothing was logged: no warnings and no errors."))
    if log.error:
        st.markdown(bold(_("Last error")))
        st.code(log.error, language=None, wrap_lines=True)
    if log.text:
        lines = log.text.split("\n")
        st.markdown(bold(_("Last lines")) if log.cut or len(lines) > SHOWN else bold(_("All lines")))
        st.code("\n".join(lines[-SHOWN:]), language=None, height=320, wrap_lines=True)
        st.caption(_("Secrets and folders of the server are left out."))
    with st.container(horizontal=True):
        st.button(_("Refresh"), key=f"log_again_{run.id}", icon=":material/refresh:")
        if log.text:
            st.download_button(_("Download the log"), log.text, f"casebook-{run.id}.log.txt", "text/plain",
                               key=f"log_file_{run.id}", icon=":material/download:", on_click="ignore")  # fmt: skip
