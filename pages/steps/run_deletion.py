"""A run is deleted: asked once more."""

from __future__ import annotations

import streamlit as st

from pages.shared import address, owner, presses
from pages.shared.i18n import _
from runs.store import lifecycle
from runs.store.records import Run


def button(run: Run, *, key: str, label: str) -> None:
    """Draw the way to delete the run, which asks first."""
    st.button(label, key=key, icon=":material/delete:", type="tertiary", on_click=presses.note, args=(key,))
    for _press in presses.opened(key):
        _confirm(run)


def _confirm(run: Run) -> None:
    @st.dialog(_("Delete this run?"))
    def ask() -> None:
        st.markdown(_("Its model, metrics and curves are deleted permanently. The data remains."))
        with st.container(horizontal=True):
            st.button(_("Delete permanently"), key=f"discard_really_{run.id}", on_click=_delete, args=(run,))
            st.button(_("Cancel"), key=f"discard_not_{run.id}", on_click=st.rerun)

    ask()


def _delete(run: Run) -> None:
    lifecycle.discard(run.id, owner.current())
    if st.query_params.get("run") == run.id:
        address.change(data=run.dataset, run=None)
    st.rerun()
