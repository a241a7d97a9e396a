"""The names this server answers to. A web page whose own name was made to point here (DNS rebinding) gets nothing.

A browser puts the name of the page into Host and, where a script asks, into Origin; neither can be forged by the page.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from html import escape
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from models.errors import N_
from runs.language import say

HERE = ("localhost", "127.0.0.1", "::1")
ANY = "*"
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_MOST_SHOWN = 100  # characters of a name that is refused
# What a person sees in place of the app; it loads nothing.
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Casebook</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{
    margin: 0; padding: 15vh 1.25rem 2rem; font: 1rem/1.65 system-ui, sans-serif;
    background: light-dark(#ffffff, #101615); color: light-dark(#1c2524, #e6eceb);
  }}
  main {{ max-width: 38rem; margin: 0 auto; overflow-wrap: anywhere }}
  h1 {{ margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.3 }}
  p {{ margin: 0 }}
</style>
</head>
<body><main><h1>{title}</h1><p>{reason}</p></main></body>
</html>
"""


class KnownHosts:
    """ASGI middleware before everything else: pages, their WebSocket, uploads, downloads, files.

    Args:
        told: the names and the origins that the server itself was told, asked for with each request, for its
            configuration is read after the app is made.
    """

    def __init__(self, app: ASGIApp, told: Callable[[], tuple[Iterable[str], Iterable[str]]]) -> None:
        self.app, self.told = app, told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        names, origins = self.told()
        reason = refused(headers, {*HERE, *added(), *names, *_arrived_at(scope)}, set(origins))
        if reason is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the server answers 403
        else:
            await _answer(headers, reason)(scope, receive, send)


def _answer(headers: Headers, reason: str) -> Response:
    """A page for a person, a line of text for whatever else asks."""
    if "text/html" in headers.get("accept", ""):
        language = preferred_language(headers)
        return shown(language, say(language, N_("This address is not allowed")), reason, 403)
    return PlainTextResponse(reason, 403)


def shown(language: str, title: str, reason: str, status: int) -> HTMLResponse:
    """A page that is this one sentence, which may hold what a stranger has written."""
    content = _PAGE.format(language=language, title=escape(title), reason=escape(reason))
    return HTMLResponse(content, status, {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})


def preferred_language(headers: Headers) -> str:
    """The one of ours that the browser asks for."""
    return "zh" if headers.get("accept-language", "").lower().startswith("zh") else "en"


def refused(headers: Headers, names: Iterable[str], origins: Iterable[str] = ()) -> str | None:
    """Why a request is not answered, as a sentence for the person in front of it; None where it is.

    Args:
        names: what may stand in Host, with any port; `*.example.com` are all names below, `*` is every name.
        origins: whose scripts may ask, besides those of the pages that this server sends itself.
    """
    language = preferred_language(headers)
    given = headers.getlist("host")
    host = given[0] if len(given) == 1 else ""
    name = _name_and_port(host, None)[0]
    if name is None or not any(_fits(name, known.strip().lower().rstrip(".")) for known in names):
        return say(
            language,
            N_("“{host}” is not an allowed address. Add it to CASEBOOK_ALLOWED_HOSTS and restart; a reverse proxy must "
               "forward the Host header."),
            host=host[:_MOST_SHOWN],
        )  # fmt: skip
    origin = headers.get("origin")
    if origin is None or origin in origins or _same(origin, host):
        return None
    return say(
        language,
        N_("The request came from a page of “{origin}”, which is not allowed. A reverse proxy must forward the Host "
           "header."),
        origin=origin[:_MOST_SHOWN],
    )  # fmt: skip


def added() -> list[str]:
    """The names of `CASEBOOK_ALLOWED_HOSTS`, separated by commas; what else belongs to an address is passed over."""
    given = [name.strip() for name in os.environ.get("CASEBOOK_ALLOWED_HOSTS", "").split(",")]
    return [_name_and_port(name.rpartition("://")[2].rstrip("/"), None)[0] or name for name in given if name]


def _arrived_at(scope: Scope) -> list[str]:
    """The address of this machine by which the request came: no name was looked up to get there."""
    server = scope.get("server")
    try:
        address = ip_address(server[0].partition("%")[0]) if server else None
    except ValueError:  # a socket file
        return []
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return [str(mapped or address)] if address else []


def _name_and_port(host: str, usual: int | None) -> tuple[str | None, int | None]:
    """The two parts of a Host, the name in lower case; None where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        port = parts.port or usual
    except ValueError:
        return None, None
    if parts.netloc != host or "@" in host or not parts.hostname:
        return None, None
    return parts.hostname.rstrip("."), port


def _same(origin: str, host: str) -> bool:
    """Whether a page of this origin came from this host."""
    scheme, _, where = origin.partition("://")
    usual = _PORTS.get(scheme.lower())
    return usual is not None and _name_and_port(where, usual) == _name_and_port(host, usual) != (None, None)


def _fits(name: str, known: str) -> bool:
    if known == ANY:
        return True
    return name.endswith(known[1:]) if known.startswith("*.") else name == known
