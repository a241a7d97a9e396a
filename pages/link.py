"""What the pages behind a link begin with: whether it still works, its passcode, its headline."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from models.errors import InputError
from pages.shared import i18n, presses, session
from pages.shared.i18n import _
from pages.shared.text import plain
from runs.limits import wrong_links
from runs.store import shares
from runs.store.records import Run
from runs.store.shares import Share


def opened(run_of: Callable[[Share], Run | None], title: str) -> tuple[Share, Run] | None:
    """The link in the address and what it shows; None where it shows nothing, which is said then.

    Args:
        run_of: what the page shows of a link, `shares.run_of` or `shares.watched`.
        title: stands over the passcode where the link has none of its own.
    """
    given = st.query_params.get("t", "")
    share = shares.by_token(given)
    if share is None and not _answered(given):
        return None
    run = run_of(share) if share else None
    if share is None or run is None:
        return _closed(share)
    if share.passcode_hash and session.held("demo_unlocked", str) != share.id and not _unlocked(share, title):
        return None
    if session.held("demo_visited", str) != share.id:
        st.session_state["demo_visited"] = share.id
        shares.note_visit(share.id)
    return share, run


def headline(share: Share, run: Run) -> None:
    st.title(plain(share.title or run.name), anchor=False)
    if share.description:
        with st.container(key="link_description"):
            st.markdown(plain(share.description))


def _answered(wrong: str) -> bool:
    """Whether to say that this link is none; see `wrong_links`. The same one again is no other guess."""
    if wrong and session.held("demo_wrong", str) != wrong:
        st.session_state["demo_wrong"] = wrong
        return wrong_links.answered(str(st.context.ip_address or ""))
    return True


def _closed(share: Share | None) -> None:
    """A wrong link is not told from one whose run is gone."""
    st.title(_("This link does not work"), anchor=False)
    if share and share.state == "expired":
        st.markdown(_("It has expired. Ask the sender for a new one."))
    elif share and share.state == "revoked":
        st.markdown(_("The sender has revoked it."))
    else:
        st.markdown(_("No model was found. Copy the whole link, or ask for a new one."))


def _unlocked(share: Share, title: str) -> bool:
    st.title(plain(share.title) or title, anchor=False)
    st.markdown(_("This link has a passcode. Enter the one that the sender told you."))
    with st.form("demo_passcode", border=False, width=400):
        given = st.text_input(_("Passcode"), type="password", key="demo_code", max_chars=100)
        st.form_submit_button(_("Open"), type="primary", on_click=presses.note, args=("passcode",))
    press = presses.of("passcode")
    if press is None:
        return False
    press.over = True
    if not given:
        return False
    try:
        right = shares.unlock(share, given, str(st.context.ip_address or ""), session.visitor())
    except InputError as error:
        st.error(i18n.of(error))
        return False
    if not right:
        st.error(_("Wrong passcode. Ask the sender of the link."))
        return False
    st.session_state["demo_unlocked"] = share.id
    st.rerun()
