"""A short piece of work that is waited for: its progress, then the page again."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from models.errors import InputError
from pages.shared import durations, i18n, owner
from pages.shared.i18n import _
from runs.store import lifecycle, records
from runs.store.records import Run

TELLING = 5.0  # seconds left from which on it is told how many


def show(run: Run, text: str, steps: Mapping[str, str] | None = None) -> None:
    """`steps`: what the work reports progress of → the words for it, in place of `text`."""
    st.fragment(_bar, run_every=0.5)(run.id, text, steps or {})


def stands(work: Run | None, text: str, stopped: str) -> bool:
    """Show how far work is that somebody asked for, or why the last one came to nothing; whether it is under way."""
    if work is not None and not work.ended_already:
        show(work, text)
        stop(work)
        return True
    if work is not None and work.error:
        st.warning(i18n.of(InputError.from_json(work.error)), icon=":material/warning:")
    elif work is not None and work.status == "stopped":
        st.caption(stopped)
    return False


def stop(run: Run) -> None:
    """A button for who does not want to wait for it."""
    stopping = run.stop is not None
    label = _("Stopping") if stopping else _("Stop")
    st.button(label, key=f"stop_{run.id}", icon=":material/stop:", disabled=stopping,
              on_click=lifecycle.ask_to_stop, args=(run.id, owner.current()))  # fmt: skip


def _bar(identity: str, text: str, steps: Mapping[str, str]) -> None:
    run = records.run(identity, owner.current())
    if run is None or run.ended_already:
        st.rerun()
    progress = run.progress or {}
    done, total, left = progress.get("done", 0), progress.get("total", 0), progress.get("eta") or 0.0
    text = steps.get(progress.get("what"), text)
    told = f"{text} {done:,} / {total:,}" if total > 1 else text
    if left >= TELLING and run.stop is None:
        told += " · " + _("{time} left", time=durations.told(left))
    if run.status == "queued":
        waiting = _("waiting for other work on this machine")  # a message inside an f-string is not collected
        told = f"{text} · {waiting}"
    st.progress(done / total if total else 0.0, told)
    for note in run.notes or ():
        st.caption(_(note["message"], **i18n.shown(note["args"])))
