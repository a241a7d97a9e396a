"""Watch: a training as it happens, for who has the link; they change nothing and see none of the data."""

from __future__ import annotations

import streamlit as st

from pages import link
from pages.shared import address, i18n, vocabulary
from pages.shared.i18n import _
from pages.steps import live_view
from pages.task_types import verdict
from runs import tokens
from runs.store import shares


def show() -> None:
    if (found := link.opened(shares.watched, _("Watch a training"))) is None:
        return
    share, run = found
    link.headline(share, run)
    st.caption(vocabulary.case(run.case))
    if run.packed:
        st.markdown(verdict.simply(run))
    token = tokens.sign("watch", share=share.id)
    live_view.show(run, metrics=address.of_route(f"/api/watch?token={token}&lang={i18n.current()}"), key="watched")


show()
