"""To whom the data and runs of this session belong, and what its page may ask the routes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from runs import tokens
from runs.identity import login, sessions
from runs.identity.login import LOCAL
from runs.identity.people import Person
from runs.identity.sessions import Session


def current() -> str:
    """The owner in every query: the person who is logged in, or `LOCAL` where nobody logs in.

    Raises:
        PermissionError: there is no session; the frame of all pages lets no page run without one.
    """
    if login.chosen().one_person:
        return LOCAL
    found = session()
    if found is None:
        raise PermissionError("A page ran without a session.")
    return found.person.id


def person() -> Person | None:
    """Who is logged in; None where nobody logs in, or this browser has not."""
    found = None if login.chosen().one_person else session()
    return found.person if found else None


def session() -> Session | None:
    """The session of the browser whose WebSocket this is, as long as it holds."""
    return sessions.lately(claimed())


def claimed() -> str:
    """The id of the session that the server found for this WebSocket; whether it holds is not looked at."""
    return st.context.headers.get(login.HEADER, "")


def sign(purpose: str, **facts: Any) -> str:
    """A token of use to this session's browser only; see `runs.api.granted`."""
    return tokens.sign(purpose, session=session_id(), owner=current(), **facts)


def session_id() -> str:
    return "" if login.chosen().one_person else claimed()
