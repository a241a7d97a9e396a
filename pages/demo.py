"""Demo: what a shared model does, how good it is, and a try; for who has the link, and nothing else."""

from __future__ import annotations

import streamlit as st

from models.errors import InputError
from pages import task_types
from pages.components import relabeled_note
from pages.shared import i18n, session, vocabulary
from pages.shared.i18n import _, listed
from pages.shared.text import plain
from pages.task_types import verdict
from runs import integrity
from runs.inference import client, lanes
from runs.results import predictions
from runs.store import shares
from runs.store.records import Run
from runs.store.shares import Share

MOST_CLASSES = 30  # named in the first sentence


def show() -> None:
    share = shares.by_token(st.query_params.get("t", ""))
    run = shares.run_of(share) if share else None
    if run is None:
        return _closed(share)
    if share.passcode_hash and session.held("demo_unlocked", str) != share.id and not _unlocked(share):
        return
    client.wake(lanes.VISITORS)
    _about(run)
    _try(share, run)
    _how_good(run)


def _closed(share: Share | None) -> None:
    """A wrong link is not told from one whose run is gone."""
    st.title(_("This link does not work"), anchor=False)
    if share and share.state == "expired":
        st.markdown(_("It has expired. Ask the sender for a new one."))
    elif share and share.state == "revoked":
        st.markdown(_("The sender has revoked it."))
    else:
        st.markdown(_("No model was found. Copy the whole link, or ask for a new one."))


def _unlocked(share: Share) -> bool:
    st.title(_("Model demo"), anchor=False)
    with st.form("demo_passcode", border=False):
        given = st.text_input(_("Passcode"), type="password", key="demo_code", max_chars=100)
        asked = st.form_submit_button(_("Open"), type="primary")
    if not asked or not given:
        return False
    try:
        right = shares.unlock(share, given, str(st.context.ip_address or ""))
    except InputError as error:
        st.error(i18n.of(error))
        return False
    if not right:
        st.error(_("Wrong passcode. Ask the sender of the link."))
        return False
    st.session_state["demo_unlocked"] = share.id
    st.rerun()


def _about(run: Run) -> None:
    outcome = predictions.of(run)
    classes = outcome.classes if outcome else ()
    st.title(plain(run.name), anchor=False)
    if outcome is None and integrity.of_answers(run.id):  # which classes there are is not known
        return
    named = listed(map(plain, classes[:MOST_CLASSES])) + (" …" if len(classes) > MOST_CLASSES else "")
    st.markdown(_(vocabulary.task_of(run).promise, n=len(classes), classes=named))


def _try(share: Share, run: Run) -> None:
    task_types.of_run(run).predict.visit(run, share)
    st.caption(_("Your input is not stored."))


def _how_good(run: Run) -> None:
    st.subheader(_("Test results"), anchor=False)
    view = task_types.of_run(run).evaluation
    view.promised(run)
    st.markdown(verdict.simply(run))
    st.caption(verdict.told(run, view.tested(run)))
    relabeled_note.show(run)


show()
