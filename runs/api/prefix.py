"""ASGI middleware: lets routes live below the path under which a proxy has put the app.

Streamlit serves its own files and its WebSocket below `server.baseUrlPath` itself; routes that are added to it do not
know that path.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import URL
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "casebook.prefix"  # in the scope: the path without its last slash, empty where there is none
LOCAL = "casebook.path"  # in the scope: the path that was asked for, without the prefix
OURS = ("/api/", "/assets/", "/account")


class Prefix:
    """
    Args:
        told: the path that the server was told, asked for with each request, for its configuration is read after the
            app is made.
    """

    def __init__(self, app: ASGIApp, told: Callable[[], str | None]) -> None:
        self.app, self.told = app, told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            prefix = cleaned(self.told())
            below = prefix and scope["path"].startswith(f"{prefix}/")
            path = scope["path"].removeprefix(prefix) if below else scope["path"]
            scope = {**scope, PREFIX: prefix, LOCAL: path}
            if below and path.startswith(OURS):
                scope |= {"path": path, "raw_path": path.encode()}
        await self.app(scope, receive, send)


def cleaned(path: str | None) -> str:
    return f"/{path.strip('/')}" if path and path.strip("/") else ""


def of(request: HTTPConnection) -> str:
    """What every address of this app begins with, below its host."""
    return request.scope.get(PREFIX, "")


def whole(request: HTTPConnection) -> str:
    """Path and query as the browser asked for them."""
    url = URL(scope=request.scope)
    return f"{of(request)}{request.scope.get(LOCAL, url.path)}{f'?{url.query}' if url.query else ''}"
