"""A short piece of work that is waited for: its progress, then the page again."""

from __future__ import annotations

import streamlit as st

from pages.parts import owner
from pages.parts.language import _
from runs import store
from runs.store import Run


def show(run: Run, text: str) -> None:
    st.fragment(_bar, run_every=0.5)(run.id, text)


def _bar(identity: str, text: str) -> None:
    run = store.run(identity, owner.current())
    if run is None or run.ended_already:
        st.rerun()
    progress = run.progress or {}
    done, total = progress.get("done", 0), progress.get("total", 0)
    told = f"{text} {done:,} / {total:,}" if total else text
    if run.status == "queued":
        soon = _("It starts as soon as the machine is free.")  # a message inside an f-string is not collected
        told = f"{text} {soon}"
    st.progress(done / total if total else 0.0, told)
