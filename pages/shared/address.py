"""Addresses: that of what is shown, changed in one go so that Back undoes one step at a time, and those of routes."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urljoin

import streamlit as st
from streamlit.navigation.page import Page
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared import session

HOME = "home"  # the page that Streamlit shows first has this name and another address
_UNKNOWN = "unknown_address"


def change(**values: str | None) -> None:
    """Set these parameters and take out those that are None; the others stay."""
    now = st.query_params.to_dict()
    wanted = {name: value for name, value in {**now, **values}.items() if value is not None}
    if wanted != now:
        st.query_params.from_dict(wanted)


def follow(*names: str) -> None:
    """Have the browser show these parameters, too, after a link within the page: Streamlit tells them to the script and
    leaves the address as it was, so that the next rerun would go back."""
    key, now = f"address_{'_'.join(names)}", {name: st.query_params.get(name) for name in names}
    if session.held(key, dict, now) != now:
        st.query_params.from_dict(st.query_params.to_dict())
    st.session_state[key] = now


def unknown_page(pages: Sequence[Page]) -> list[str]:
    """Return the requested page name if no page has it; Streamlit's own answer to that is in English only. Streamlit
    passes the name in the first run of a session only, so it is kept."""
    run = get_script_run_ctx()
    if run is None:  # pages have no names then
        return []
    asked = run.pages_manager.intended_page_name or session.held(_UNKNOWN, str, "")
    if not asked or "/" in asked or asked in (HOME, *(page.url_path for page in pages)):
        return []
    st.session_state[_UNKNOWN] = asked
    return [asked]


def of_route(path: str) -> str:
    """Where a browser finds a route of ours, which lives below the path that the server was told, as its pages do."""
    below = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{below}{path}" if below else path


def of_page(path: str) -> str:
    """The whole address of a page of ours, as this browser reaches it."""
    return urljoin(st.context.url or "", of_route(path))
