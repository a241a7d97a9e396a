"""Open pages where people log in: what a browser sends is heard only while its session holds, and what a page holds in
memory comes back to the same session only.

A page keeps what was typed and the callbacks of its buttons; these run before anything of the page is drawn again. So
it is decided here, where each message arrives, and not in the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runs.api import prefix
from runs.identity import login, sessions

_PROTOCOLS = "sec-websocket-protocol"  # Streamlit's, a token, and the page that a browser wants to go on with
RUN_AGAIN = b"Z\x00"  # of its messages, the one to run the page again, with nothing pressed
_MOST = 10_000
_ENDED = 1008
_FILES = "/media/"  # where Streamlit keeps what a page offers as a download, for whoever knows the address
_DRAWN_WITHIN = 3.0  # seconds in which a page that runs again has offered its files again

_whose: dict[str, str] = {}  # Streamlit's id of an open page → the session that it ran in, "" for a stranger


def note(page: str, session: str) -> None:
    """The page runs in this session, which holds; empty for a stranger. Whose it was once, it stays."""
    before = _whose.pop(page, "")
    while len(_whose) >= _MOST:
        del _whose[next(iter(_whose))]
    _whose[page] = before or session


def was_someones(page: str) -> bool:
    """Whether it has run in a session."""
    return bool(_whose.get(page))


async def serve(app: ASGIApp, scope: Scope, receive: Receive, send: Send, session: str) -> None:
    """Serve a WebSocket that claims this session."""
    conversation = Conversation(receive, send, session)
    held = await conversation.holds()
    _require_own_page(scope, session if held else "")
    await app(scope, conversation.receive, conversation.send)


class Conversation:
    """A WebSocket. Of the first message after its session has ended no more is heard than that the page shall run
    again, without what was pressed: it is the entrance then, and reloads itself. With the next it ends."""

    def __init__(self, receive: Receive, send: Send, session: str) -> None:
        self.from_browser, self.to_browser, self.session = receive, send, session
        self.began = self.ended = self.over = False

    async def holds(self, *, unknown: bool = False) -> bool:
        """Whether the session does; `unknown` where the database cannot be asked, of which the page tells."""
        try:
            found = await to_thread.run_sync(sessions.lately, self.session) if self.session else None
        except (SQLAlchemyError, OSError):
            return unknown
        self.began = self.began or found is not None
        return found is not None

    async def receive(self) -> Message:
        message = await self.from_browser()
        if message["type"] != "websocket.receive":
            return message
        if not self.ended and (await self.holds(unknown=True) or not self.began):
            return message
        if not self.ended:
            self.ended = True
            return {"type": "websocket.receive", "bytes": RUN_AGAIN}
        self.over = True
        await self.to_browser({"type": "websocket.close", "code": _ENDED})
        return {"type": "websocket.disconnect", "code": _ENDED}

    async def send(self, message: Message) -> None:
        if not self.over:
            await self.to_browser(message)


def _require_own_page(scope: Scope, session: str) -> None:
    """Let the browser begin a new page instead of one that ran in another session."""
    headers = MutableHeaders(scope=scope)
    asked = [one.strip() for one in headers.get(_PROTOCOLS, "").split(",")]
    if len(asked) > 2 and _whose.get(asked[2]) != session:
        headers[_PROTOCOLS] = ", ".join(asked[:2])


class OwnFiles:
    """ASGI middleware: a file that a page offers goes to the session of that page, and to nobody else who has its
    address.

    Args:
        offered: the names of the files that an open page offers, by Streamlit's id of it.
    """

    def __init__(self, app: ASGIApp, offered: Callable[[str], Collection[str]]) -> None:
        self.app, self.offered = app, offered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope.get(prefix.LOCAL, scope["path"]) if scope["type"] == "http" else ""
        if not asked.startswith(_FILES) or login.chosen().one_person:
            return await self.app(scope, receive, send)
        name = asked.removeprefix(_FILES).partition(".")[0]
        if await self._is_of(name, Headers(scope=scope).get(login.HEADER, "")):
            return await self.app(scope, receive, send)
        await PlainTextResponse("Not Found", 404)(scope, receive, send)

    async def _is_of(self, name: str, session: str) -> bool:
        """Whether a page of this session offers the file. One that just runs again has not come to it yet."""
        try:
            holds = bool(session) and await to_thread.run_sync(sessions.find, session) is not None
        except (SQLAlchemyError, OSError):
            holds = False
        pages = [page for page, whose in list(_whose.items()) if whose == session] if holds else []
        for _ in range(round(_DRAWN_WITHIN / 0.1) if pages else 0):
            if any(name in self.offered(page) for page in pages):
                return True
            await asyncio.sleep(0.1)
        return False
