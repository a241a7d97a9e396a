"""Every request has an id: it stands in the log lines that it leads to, and goes back as X-Request-Id.

An id that came with the request is taken over from a proxy that is trusted (see `FORWARDED_ALLOW_IPS`), so that its log
and ours can be laid side by side; a visitor could write anything there.
"""

from __future__ import annotations

import logging
import re
import secrets
import time

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runs.logs import lines

HEADER = "x-request-id"
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)

log = logging.getLogger(__name__)


class RequestIds:
    """ASGI middleware around all others. A request that fails is logged here, where its id is known."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        identity, begun = _told(scope) or secrets.token_hex(8), time.monotonic()
        lines.request.set(identity)  # for as long as its task lasts, also for what the server logs at the end
        status = 0

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER.encode(), identity.encode())]
            await send(message)

        try:
            await self.app(scope, receive, with_id)
        except Exception:
            log.exception("%s %s failed.", scope.get("method", "WebSocket"), _path(scope))
            if scope["type"] != "http" or status:
                raise
            await PlainTextResponse("Internal Server Error", 500)(scope, receive, with_id)
        if status >= 400:  # all others are many, and say nothing
            took = round(1000 * (time.monotonic() - begun))
            log.info("%s %s: %s after %s ms.", scope["method"], _path(scope), status, took)


def _path(scope: Scope) -> str:
    """Without the query, and as it was sent: decoded it could hold the end of a line."""
    return str(scope.get("raw_path") or b"", "latin-1").partition("?")[0]


def _told(scope: Scope) -> str | None:
    """The id that a trusted proxy gave. The server takes the visitor's address from such a proxy only, and it has no
    port then."""
    client = scope.get("client")
    told = Headers(scope=scope).getlist(HEADER)
    trusted = client is not None and not client[1] and len(told) == 1
    return told[0] if trusted and WELL_FORMED.fullmatch(told[0]) else None
