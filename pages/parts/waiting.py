"""A short piece of work that is waited for: its progress, then the page again."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.parts import owner, words
from pages.parts.language import _
from runs import store
from runs.store import Run

TELLING = 5.0  # seconds left from which on it is told how many


def show(run: Run, text: str, steps: Mapping[str, str] | None = None) -> None:
    """`steps`: what the work reports progress of → the words for it, in place of `text`."""
    st.fragment(_bar, run_every=0.5)(run.id, text, steps or {})


def _bar(identity: str, text: str, steps: Mapping[str, str]) -> None:
    run = store.run(identity, owner.current())
    if run is None or run.ended_already:
        st.rerun()
    progress = run.progress or {}
    done, total, left = progress.get("done", 0), progress.get("total", 0), progress.get("eta") or 0.0
    text = steps.get(progress.get("what"), text)
    told = f"{text} {done:,} / {total:,}" if total > 1 else text
    if left >= TELLING:
        told += " · " + _("{time} left", time=words.duration(left))
    if run.status == "queued":
        soon = _("It starts as soon as the machine is free.")  # a message inside an f-string is not collected
        told = f"{text} {soon}"
    st.progress(done / total if total else 0.0, told)
