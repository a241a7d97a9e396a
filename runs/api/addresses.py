"""Where a request comes from: believed from named proxies, else the other end of the connection."""

from __future__ import annotations

import os
from ipaddress import ip_address

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

PEER = "casebook.peer"  # in the scope: the address of the other end, a proxy or a visitor
_SERVERS_OWN = "FORWARDED_ALLOW_IPS"
_HERE = "127.0.0.1,::1"
_trusted = os.environ.get(_SERVERS_OWN) or _HERE  # a process that is started from here finds it empty


def take_over() -> None:
    """Let the server itself believe no proxy, since of a connection that it has rewritten the other end is lost."""
    os.environ[_SERVERS_OWN] = ""


class Proxies:
    """ASGI middleware before all others: notes the other end, then lets uvicorn's own put in whom a proxy names.

    Those of `CASEBOOK_PROXIES` are believed, where it is empty those of `FORWARDED_ALLOW_IPS`, by default this machine.
    """

    def __init__(self, app: ASGIApp) -> None:
        trusted = os.environ.get("CASEBOOK_PROXIES") or _trusted
        self.believing: ASGIApp = ProxyHeadersMiddleware(app, trusted_hosts=trusted)  # type: ignore[arg-type,assignment]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = {**scope, PEER: scope["client"][0] if scope.get("client") else ""}
        await self.believing(scope, receive, send)


def of(request: HTTPConnection) -> str:
    """The visitor's address; empty for this machine."""
    host = request.client.host if request.client else ""
    try:
        return "" if ip_address(host.partition("%")[0]).is_loopback else host
    except ValueError:
        return host
