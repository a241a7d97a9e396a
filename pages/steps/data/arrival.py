"""Reading a collection waits for the files that are on their way into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from pages.shared import owner, session
from pages.shared.i18n import _, count
from runs.api import arrivals

QUIET = 2  # looks, half a second apart, that find nothing on its way: between two files there is a gap


@dataclass
class Asked:
    """What a person wants to be read once everything has arrived."""

    columns: Mapping[str, str]
    task: str | None
    hurried: bool = False
    quiet: int = 0


def ask(draft: str, columns: Mapping[str, str], task: str | None) -> None:
    st.session_state[_key(draft)] = Asked(columns, task)


def due(draft: str) -> Asked | None:
    """What is to be read now, told once; where something is on its way, that is said instead."""
    asked = session.held(_key(draft), Asked)
    if asked is None:
        return None
    if arrivals.under_way(owner.current(), draft) and not asked.hurried:
        st.fragment(_wait, run_every=0.5)(draft, asked)
        return None
    del st.session_state[_key(draft)]
    return asked


def _wait(draft: str, asked: Asked) -> None:
    left = arrivals.under_way(owner.current(), draft)
    asked.quiet = 0 if left else asked.quiet + 1
    if asked.quiet >= QUIET:
        st.rerun()
    told = count("{n} file is still uploading. Import starts when it has been uploaded.",
                 "{n} files are still uploading. Import starts when they have been uploaded.",
                 max(left, 1))  # fmt: skip
    st.info(told, icon=":material/hourglass_top:")
    with st.container(horizontal=True):
        st.button(_("Import now"), key=f"hurry_{draft}", on_click=_hurry, args=(asked,))
        st.button(_("Cancel import"), key=f"wait_not_{draft}", on_click=_forget, args=(draft,))


def _hurry(asked: Asked) -> None:
    asked.hurried = True
    st.rerun()


def _forget(draft: str) -> None:
    st.session_state.pop(_key(draft), None)
    st.rerun()


def _key(draft: str) -> str:
    return f"asked_to_read_{draft}"
