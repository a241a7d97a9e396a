"""ASGI middleware: what a browser is told not to do with any answer, and who may show a page inside theirs."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]
_LINKED = ("/demo", "/watch")  # pages for who has a link, which others may show where the host allows it


class SecurityHeaders:
    """Puts these headers into every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        linked = scope["path"].rstrip("/").endswith(_LINKED)
        around = " ".join(["'self'", *(embedding() if linked else [])])
        policy = f"frame-ancestors {around}; object-src 'none'; base-uri 'self'"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], *_ALWAYS, (b"content-security-policy", policy.encode())]
                message["headers"] = headers
            await send(message)

        await self.app(scope, receive, with_headers)


def embedding() -> list[str]:
    """The sites of `CASEBOOK_EMBED` that may show demos inside their pages; what is no origin is passed over."""
    given = [site.strip() for site in os.environ.get("CASEBOOK_EMBED", "").split(",")]
    return [site for site in given if _is_origin(site)]


def _is_origin(site: str) -> bool:
    try:
        parts = urlsplit(site)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port is not False
    except ValueError:
        return False
    return bool(named) and site == f"{parts.scheme}://{parts.netloc}" and not set(site) & set(" ;,'\"")
