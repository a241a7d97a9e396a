"""The way in, as far as pages have a part in it: whom the provider lets in, what a stranger sees, and the account."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared import address, owner, session
from pages.shared.i18n import _
from pages.shared.text import plain
from runs.api import page_sessions
from runs.identity import login, people, sessions

_LEAVING, _REFUSED = "leaving", "refused"
# A browser that has an old page open asks the server where to log in, as for any page.
_reload = st.components.v2.component("casebook_reload", js="export default () => location.reload()")


def known() -> bool:
    """Whether this browser may see more than demos."""
    way = login.chosen()
    if way.one_person:
        return True
    inside = owner.session() is not None or (way.by_provider and _admitted())
    if page := get_script_run_ctx():
        page_sessions.note(page.session_id, owner.claimed() if inside else "")
    return inside


def show() -> None:
    """For who is not logged in."""
    page = get_script_run_ctx()
    if page and page_sessions.was_someones(page.session_id) and not session.held(_LEAVING, bool):
        _reload(key="reload")
    st.title(_("Log in"), anchor=False)
    way = login.chosen()
    if not way.by_provider:
        st.markdown(_("Your session has ended."))
        if way.entrance:
            st.link_button(_("Log in"), address.of_route(way.entrance), type="primary")
    elif _logged_in() and not login.welcome(_name()):
        st.markdown(_("You are logged in as {name}, who has no access here. Ask the host.", name=plain(_name())))
        st.button(_("Log out"), on_click=st.logout)
    else:
        if _logged_in():
            st.markdown(_("Your session has ended."))
        st.button(_("Log in with your provider"), type="primary", on_click=st.login)


def account() -> None:
    """Who is logged in, and the way to their account or out of it."""
    someone, way = owner.person(), login.chosen()
    if someone is None:
        return
    if way.has_accounts:
        own = escape(address.of_route("/account"))  # in this window: a button with a link opens another each time
        st.html(f'<a class="cb-account" href="{own}" target="_self">{escape(someone.name)}</a>')
    else:
        st.caption(plain(someone.name))
        if way.by_provider:
            st.button(_("Log out"), on_click=_leave, type="tertiary", icon=":material/logout:")


def somebody() -> bool:
    """Whether somebody is logged in."""
    return owner.person() is not None


def hosts() -> bool:
    """Whether who is logged in looks after the others."""
    someone = owner.person()
    return someone is not None and someone.host


def _leave() -> None:
    if found := owner.session():
        sessions.end(found.id, found.person)
    st.session_state[_LEAVING] = True  # to the provider, which a reload would cut short
    st.logout()


def _logged_in() -> bool:
    return bool(getattr(st.user, "is_logged_in", False))


def _name() -> str:
    """By what `CASEBOOK_PEOPLE` and `CASEBOOK_HOSTS` know the person: the address of mail where the provider has
    confirmed it."""
    told = st.user.to_dict()
    return str(told["email"] if told.get("email") and told.get("email_verified", True) else told.get("sub", ""))


def _admitted() -> bool:
    """Whether the provider has just said who it is, and they may come in; then their session begins."""
    if not _logged_in() or not owner.claimed():
        return False
    told, name = st.user.to_dict(), _name()
    came_from = str(st.context.ip_address or "")
    wrong = _wrong(told, name)
    if not wrong:
        subject = login.key_of_provider(str(told.get("iss", "")), str(told["sub"]))
        shown = str(told.get("name") or told.get("preferred_username") or name)
        person = people.named_elsewhere("oidc", subject, shown, host=login.looks_after(name))
        sessions.admit(owner.claimed(), person, browser=st.context.headers.get("User-Agent", ""), address=came_from,
                       proof=login.proof(told))  # fmt: skip
        if sessions.find(owner.claimed()) is not None:
            return True
        wrong = f"{name!r} is suspended" if person.suspended else f"the session of {name!r} has ended"
    if session.held(_REFUSED, str) != wrong:  # the page runs again with each thing that is pressed
        st.session_state[_REFUSED] = wrong
        login.note_refused(wrong, came_from)
    return False


def _wrong(told: Mapping[str, Any], name: str) -> str:
    """Why what the provider says lets nobody in, for the log; empty where it does."""
    if not told.get("sub"):
        return "the provider does not say who it is (no “sub”)"
    if not login.welcome(name):
        return f"CASEBOOK_PEOPLE does not admit {name!r}"
    if sessions.is_of_before(told.get("iat")):
        return f"{name!r} logged in before this home was restored from a backup"
    return ""
