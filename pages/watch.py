"""Watch: a training as it happens, for who has the link; they change nothing and see none of the data."""

from __future__ import annotations

import streamlit as st

from pages import link, task_types
from pages.shared import address, i18n, vocabulary
from pages.shared.i18n import _
from pages.steps import live_view
from pages.task_types import result_figure, verdict
from runs import tokens
from runs.store import shares
from runs.store.records import Run


def show() -> None:
    if (found := link.opened(shares.watched, _("Watch a training"))) is None:
        return
    share, run = found
    link.headline(share, run)
    _standing(run)
    token = tokens.sign("watch", share=share.id)
    live_view.show(run, metrics=address.of_route(f"/api/watch?token={token}&lang={i18n.current()}"), key="watched")


def _standing(run: Run) -> None:
    """What it came to, large; before that, that nothing is to be done to see it."""
    case = vocabulary.case(run.case)
    if run.result:
        st.caption(case)
        result_figure.show(run, task_types.of_run(run).evaluation.tested(run))
        st.markdown(verdict.simply(run))
    elif run.ended_already:
        st.caption(case)
        st.markdown(_("This training has ended without a result."))
    else:
        follows = _("This page follows the training by itself.")  # inside an f-string it would not be collected
        st.caption(f"{case} · {follows}")


show()
