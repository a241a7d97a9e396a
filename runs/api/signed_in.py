"""ASGI middleware: finds the session of each request before a page, their WebSocket or a route sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from models.errors import N_
from runs.api import addresses, page_sessions, prefix
from runs.api.hosts import preferred_language, shown
from runs.identity import login, sessions
from runs.identity.login import Claim, Login
from runs.language import say

# Pages of people without a session: the entrance itself, what it needs, and the demos of those who have a link.
# What counts the sessions of all is not for strangers.
_OPEN = re.compile(r"/((account|demo|watch|api|assets|static|_stcore(?!/metrics)|media|component)(/.*)?|favicon.*)")
_SECRET = "x-casebook-secret"


class SignedIn:
    """Puts the id of the session into `login.HEADER`, and takes out what a client sent under this name.

    A person who opens a page without a session is sent to the entrance. Routes check their tokens and the session
    themselves; what the WebSocket draws without a session is decided by the frame of all pages.
    """

    def __init__(self, app: ASGIApp, chosen: Callable[[], Login] = login.chosen) -> None:
        self.app, self.chosen = app, chosen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        way = self.chosen()
        told = Headers(scope=scope)
        peer = scope.get(addresses.PEER, "")
        claim = await to_thread.run_sync(way.claimed, told, peer) if not way.one_person else Claim()
        identity = claim.session
        scope = {**scope, "headers": list(scope["headers"])}
        headers = MutableHeaders(scope=scope)
        for name in (login.HEADER, _SECRET):
            del headers[name]
        if identity:
            headers[login.HEADER] = identity
        guarded = not way.one_person and way.entrance != "" and _opens_a_page(scope)
        if guarded and await to_thread.run_sync(_is_stranger, identity):
            if claim.wrong:
                login.note_refused(claim.wrong, addresses.of(HTTPConnection(scope)))
            return await _sent_away(scope, told, way)(scope, receive, send)
        if scope["type"] == "websocket" and not way.one_person:
            return await page_sessions.serve(self.app, scope, receive, send, identity)
        await self.app(scope, receive, send)


def _is_stranger(identity: str) -> bool:
    try:
        return sessions.find(identity) is None
    except (SQLAlchemyError, OSError):
        return False  # nobody can be asked, and the page says so


def _opens_a_page(scope: Scope) -> bool:
    """Whether a person navigates to a page that is not for everyone."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    return not _OPEN.fullmatch(scope.get(prefix.LOCAL, scope["path"]))


def _sent_away(scope: Scope, headers: Headers, way: Login) -> Response:
    if way.entrance:
        asked = HTTPConnection(scope)
        onwards = quote(prefix.whole(asked), safe="")
        return RedirectResponse(f"{prefix.of(asked)}{way.entrance}?next={onwards}", 303)
    language = preferred_language(headers)
    return shown(
        language,
        say(language, N_("You are not logged in")),
        say(language, N_("The proxy in front of this server did not say who you are. Open the page through it, or ask "
                         "its host for access.")),
        401,
    )  # fmt: skip
