"""Casebook's server: `streamlit run app.py`. One process; it never imports torch."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import cases
from runs.api import shutdown
from runs.api.hosts import KnownHosts
from runs.api.request_ids import RequestIds
from runs.api.routes import ROUTES
from runs.logs import lines
from runs.monitoring import server as metrics
from runs.store import database
from runs.worker import agent_process

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"frame-ancestors 'self'; object-src 'none'; base-uri 'self'"),
]


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def hosts_told() -> tuple[list[str], list[str]]:
    """The names and the origins in Streamlit's own settings; the address to listen on may be a name, too."""
    listening = [st.get_option("server.address"), st.get_option("browser.serverAddress")]
    names = [*filter(None, listening), *st.get_option("server.allowedHosts")]
    return names, st.get_option("server.corsAllowedOrigins")


async def watch_agent() -> None:
    """Keep an agent on this host: one that was killed is back within two seconds."""
    while True:
        await asyncio.to_thread(agent_process.ensure)
        await asyncio.sleep(2)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    lines.begin("app")
    import pandas  # noqa: F401  loaded before the freeze, so that no collection walks through it again
    import plotly.graph_objects  # noqa: F401
    import scipy.stats  # noqa: F401  whoever opens the first evaluation would wait for it, and for the next
    import sklearn.metrics  # noqa: F401

    for name in cases.NAMES:  # which every page lists
        cases.get(name)
    if lacking := database.lacking():
        print(f"error: {lacking}", file=sys.stderr, flush=True)
        os._exit(1)  # an exception would be told as a traceback
    metrics.start()
    shutdown.bound()
    watching = asyncio.create_task(watch_agent()) if os.environ.get("CASEBOOK_AGENT", "here") == "here" else None
    gc.collect()
    gc.freeze()
    yield
    if watching:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


MIDDLEWARE = [Middleware(RequestIds), Middleware(SecurityHeaders), Middleware(KnownHosts, told=hosts_told)]

app = st.App("pages/frame.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=lifespan)
