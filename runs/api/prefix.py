"""ASGI middleware: lets routes live below the path under which a proxy has put the app, and tells pages where it is.

Streamlit serves its own files and its WebSocket below `server.baseUrlPath` itself; routes that are added to it do not
know that path. Its script in the browser does not know it either: it takes the address of the page for that of the
server, asks there for health, and one folder higher once that has failed.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "casebook.prefix"  # in the scope: the path without its last slash, empty where there is none
LOCAL = "casebook.path"  # in the scope: the path that was asked for, without the prefix
OURS = ("/api/", "/assets/", "/account")
# The browser resolves it, since a proxy may have taken a path away that the server was not given.
_SCRIPT = b'<script>window.__streamlit={BACKEND_BASE_URL:new URL("./",location.href).href}</script>'
_BEFORE = b'<script type="module"'
_OF_ANOTHER_BODY = (b"accept-encoding", b"if-none-match", b"if-modified-since")  # no packed answer, and no 304


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
            if _may_be_a_page(scope):
                headers = [(name, value) for name, value in scope["headers"] if name not in _OF_ANOTHER_BODY]
                scope, send = {**scope, "headers": headers, "extensions": {}}, _Page(send)
        await self.app(scope, receive, send)


def _may_be_a_page(scope: Scope) -> bool:
    """One folder below the server: the start page lies in it, and below others there is none."""
    path = scope[LOCAL]
    return scope.get("method") == "GET" and path != "/" and path.count("/") == 1 and not path.startswith(OURS)


class _Page:
    """Sends an answer on; where it is a page, whole and with the script that says where the server is."""

    def __init__(self, send: Send) -> None:
        self.send, self.body = send, b""
        self.start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self.start)

    async def _finish(self, start: Message) -> None:
        body = self.body.replace(_BEFORE, _SCRIPT + _BEFORE, 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-length"] = str(len(body))
        del headers["etag"]
        await self.send({**start, "headers": headers.raw})
        await self.send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    kind = Headers(raw=list(start["headers"])).get("content-type", "")
    return start["status"] == 200 and kind.startswith("text/html")


def cleaned(path: str | None) -> str:
    return f"/{path.strip('/')}" if path and path.strip("/") else ""


def of(request: HTTPConnection) -> str:
    """What every address of this app begins with, below its host."""
    return request.scope.get(PREFIX, "")


def whole(request: HTTPConnection) -> str:
    """Path and query as the browser asked for them."""
    url = URL(scope=request.scope)
    return f"{of(request)}{request.scope.get(LOCAL, url.path)}{f'?{url.query}' if url.query else ''}"
