"""From where a link can be opened, found out before it is made: a code that no phone can open is never shown."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import streamlit as st

from pages.shared import reach as shared
from pages.shared import sign_in
from pages.shared.i18n import _
from pages.shared.reach import ANYWHERE, NETWORK, Reach
from runs import machine
from runs.identity import login

DEMO_URL = "CASEBOOK_DEMO_URL"
_SAME = ("CASEBOOK_HOME", "CASEBOOK_LOGIN")  # else the commands would start another studio


def of_links() -> Reach:
    """Where links lead: to the surface of demos where there is one, else to this app as the browser reaches it, or as
    others of the network do."""
    if told := os.environ.get(DEMO_URL):
        return shared.of(f"{told.rstrip('/')}/")
    return shared.of_app()


def tell(reach: Reach) -> None:
    """Say where a link will work, before it is made, and what else can be done."""
    if reach.where == ANYWHERE:
        return
    if reach.where == NETWORK:
        st.caption(_("Links work for everyone in your network, at {address}.", address=reach.base))
        return
    if not (login.chosen().one_person or sign_in.hosts()):
        st.warning(
            _("This link opens on the server only. Ask the host for an address that others can reach."),
            icon=":material/wifi_off:",
        )
        return
    st.warning(_("Links made now open on this computer only: Casebook listens to nobody else."),
               icon=":material/wifi_off:")  # fmt: skip
    with st.popover(_("Share in your network"), icon=":material/lan:", width="content"):
        st.markdown(_("Start a server that has nothing but demos, and Casebook again with its address:"))
        st.code("\n".join(_commands()), language="bash", wrap_lines=True)


def _commands() -> list[str]:
    """The two commands as they are typed here, with what makes them start the same studio."""
    outside = machine.network_address() or "192.168.1.10"
    app = f"{shlex.quote(str(Path(sys.executable).parent / 'streamlit'))} run app.py"
    same = "".join(f"{name}={shlex.quote(os.environ[name])} " for name in _SAME if os.environ.get(name))
    return [
        f"{same}CASEBOOK_SURFACE=demos {app} --server.address 0.0.0.0 --server.port 8502",
        f"{same}{DEMO_URL}=http://{outside}:8502 {app}",
    ]


def of_demos_alone() -> bool:
    """Whether links lead to a surface that has nothing but demos."""
    return bool(os.environ.get(DEMO_URL))
