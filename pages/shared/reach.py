"""From where an address of ours can be opened, found out before it is handed on."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

import streamlit as st

from pages.shared import address
from runs import machine

HERE, NETWORK, ANYWHERE = "here", "network", "anywhere"
_PRIVATE_NAMES = (".local", ".lan", ".home.arpa", ".internal")


@dataclass(frozen=True)
class Reach:
    """`base`: what addresses begin with. `where`: who can open them: this computer, its network, or anybody."""

    base: str
    where: str


def of(base: str) -> Reach:
    """Of an address that is known."""
    return Reach(base, _where(base))


def of_app() -> Reach:
    """Of this app as the browser reaches it, or as others of the network do."""
    base = address.of_page("/")
    if _where(base) == HERE and (outside := _in_the_network(base)):
        return Reach(outside, NETWORK)
    return of(base)


def _in_the_network(base: str) -> str:
    """The same page by this machine's address in its network, where the app listens there; else nothing."""
    listening, outside = st.get_option("server.address"), machine.network_address()
    if outside is None or listening not in (None, "", "0.0.0.0", "::", outside):
        return ""
    parts = urlsplit(base)
    return urljoin(f"{parts.scheme}://{outside}:{parts.port or 80}", parts.path)


def _where(base: str) -> str:
    host = (urlsplit(base).hostname or "").lower()
    try:
        known = ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return HERE
        return NETWORK if "." not in host or host.endswith(_PRIVATE_NAMES) else ANYWHERE
    return HERE if known.is_loopback else NETWORK if known.is_private else ANYWHERE
