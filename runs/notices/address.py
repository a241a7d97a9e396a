"""Which addresses a notice may be sent to: public ones, unless the host allows those of the own network.

A server that sends to any address a person names would let them reach what only the server can (SSRF). So the name is
resolved once, every address that it has is looked at, and the connection goes to one of these and nowhere else.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from models.errors import N_, InputError

ANY, PUBLIC, OFF = "any", "public", "off"  # of CASEBOOK_WEBHOOKS
LONGEST = 2000  # characters
_TRANSLATED = ip_network("64:ff9b::/96")  # IPv4 behind NAT64
# Of IANA's registries of special addresses, and of what they have given up, those that `ipaddress` of one version of
# Python or another calls global.
_SPECIAL = tuple(map(ip_network, (
    "192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32",
    "3fff::/20", "5f00::/16", "fec0::/10",
)))  # fmt: skip


@dataclass(frozen=True)
class Target:
    """`address` is what `host` stands for, `path` has the query; `port` where nothing else is said."""

    scheme: str
    host: str
    address: str
    port: int
    path: str


def allowed() -> str:
    """Where the host lets notices go: `ANY`, `PUBLIC`, or nowhere.

    Raises:
        InputError: `CASEBOOK_WEBHOOKS` is set to something else.
    """
    told = os.environ.get("CASEBOOK_WEBHOOKS") or PUBLIC
    if told not in (ANY, PUBLIC, OFF):
        raise InputError(
            found=N_("{name} is “{value}”."),
            expected=N_("It must be one of: {options}."),
            remedy=N_("Correct it and start the app again."),
            name="CASEBOOK_WEBHOOKS",
            value=told,
            options=[OFF, PUBLIC, ANY],
        )
    return told


def parsed(address: str) -> SplitResult:
    """
    Raises:
        InputError: it is no address of the web.
    """
    stripped = address.strip()
    plain = stripped.isascii() and len(address) <= LONGEST and not any(sign.isspace() for sign in stripped)
    try:
        parts = urlsplit(stripped if plain else "")
        named = bool(parts.hostname) and parts.port != 0 and not (parts.username or parts.password)
    except ValueError as error:  # a port that is none, or half an IPv6 address
        raise _no_address() from error
    if parts.scheme not in ("http", "https") or not named:
        raise _no_address()
    return parts


def _no_address() -> InputError:
    return InputError(
        found=N_("This is not the address of a webhook."),
        expected=N_("It begins with https:// or http:// and names a host, without user name and password."),
        remedy=N_("Copy the whole address from the service that receives it."),
    )


def resolved(address: str) -> Target:
    """Where a connection goes.

    Raises:
        InputError: it is no address of the web, its host is unknown, or it lies where the host of this server does not
            let notices go.
    """
    parts = parsed(address)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise InputError(
            found=N_("The host of the webhook is unknown."),
            expected=N_("Its name must be one that this server can look up."),
            remedy=N_("Correct the address, or try again once the network is back."),
        ) from error
    if allowed() != ANY and not all(is_public(one) for one in found):
        raise InputError(
            found=N_("The webhook leads to a private or local address."),
            expected=N_("This server sends notices to public addresses only."),
            remedy=N_("Use a public address, or ask the administrator to set CASEBOOK_WEBHOOKS=any."),
        )
    path = parts.path or "/"
    return Target(parts.scheme, host, found[0], port, f"{path}?{parts.query}" if parts.query else path)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also where it is an IPv4 address in IPv6 clothes."""
    try:
        told = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(told in network for network in _SPECIAL):
        return False
    inside = _embedded(told) if isinstance(told, IPv6Address) else None
    if inside is not None:
        return is_public(str(inside))
    return told.is_global and not (told.is_multicast or told.is_reserved or told.is_unspecified)


def _embedded(told: IPv6Address) -> IPv4Address | None:
    if told in _TRANSLATED:
        return IPv4Address(int(told) & 0xFFFFFFFF)
    return told.ipv4_mapped or told.sixtofour
