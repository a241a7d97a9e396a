"""Demo: what a shared model does, how good it is, and a try; for who has the link, and nothing else."""

from __future__ import annotations

import streamlit as st

from models.errors import InputError
from pages.parts import evaluation, language, recommending, trying, words
from pages.parts.charts import plain
from pages.parts.evaluating import edited, verdict
from pages.parts.language import _, listed
from runs import asking, items_to_try, outcomes, shares, tokens
from runs.shares import Share
from runs.store import Run

MOST_CLASSES = 30  # named in the first sentence


def show() -> None:
    share = shares.by_token(st.query_params.get("t", ""))
    run = shares.run_of(share) if share else None
    if run is None:
        return _closed(share)
    if share.passcode_hash and st.session_state.get("demo_unlocked") != share.id and not _unlocked(share):
        return
    asking.wake()
    _about(run)
    _try(share, run)
    _how_good(run)


def _closed(share: Share | None) -> None:
    """A wrong link is not told from one whose run is gone."""
    st.title(_("This link is closed"), anchor=False)
    if share and share.state == "expired":
        st.markdown(_("It has expired. Ask whoever gave it to you for a new one."))
    elif share and share.state == "revoked":
        st.markdown(_("It was taken back by whoever gave it to you."))
    else:
        st.markdown(_("There is nothing behind it. Check that the whole link was copied, or ask for a new one."))


def _unlocked(share: Share) -> bool:
    st.title(_("A model to try"), anchor=False)
    with st.form("demo_passcode", border=False):
        given = st.text_input(_("Passcode"), type="password", key="demo_code", max_chars=100)
        asked = st.form_submit_button(_("Open"), type="primary")
    if not asked or not given:
        return False
    try:
        right = shares.unlock(share, given)
    except InputError as error:
        st.error(language.of(error))
        return False
    if not right:
        st.error(_("This is not the passcode. Ask whoever gave you the link."))
        return False
    st.session_state["demo_unlocked"] = share.id
    st.rerun()


def _about(run: Run) -> None:
    outcome = outcomes.of(run)
    classes = outcome.classes if outcome else ()
    st.title(plain(run.name), anchor=False)
    named = listed(map(plain, classes[:MOST_CLASSES])) + (" …" if len(classes) > MOST_CLASSES else "")
    st.markdown(_(words.task_of(run).promise, n=len(classes), classes=named))


def _try(share: Share, run: Run) -> None:
    if words.task_of(run).targets == "items":
        st.fragment(recommending.show)(run, key="demo_recommending", visitor=True)
    else:
        rows = items_to_try.rows(run) if share.pictures else {}
        trying.show(run, rows, token=tokens.sign("answer", share=share.id, rows=list(rows)), key="demo_trying")
    st.caption(_("Your input is not stored."))


def _how_good(run: Run) -> None:
    st.subheader(_("How good it is"), anchor=False)
    kind = evaluation.kind_of(run)
    kind.promised(run)
    st.markdown(verdict.told(run, kind.tested(run)))
    edited.show(run)


show()
