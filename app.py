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
from streamlit import config, runtime
from streamlit.web.server.server_util import get_url

import cases
from models.errors import InputError
from runs.api import addresses, shutdown, surfaces
from runs.api.addresses import Proxies
from runs.api.hosts import KnownHosts
from runs.api.page_sessions import OwnFiles
from runs.api.prefix import Prefix
from runs.api.request_ids import RequestIds
from runs.api.security_headers import SecurityHeaders
from runs.identity import entrance
from runs.logs import lines
from runs.monitoring import server as metrics
from runs.store import database, folders
from runs.worker import agent_process

lines.begin("app")  # before the server says that it starts


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
    import pandas  # noqa: F401  loaded before the freeze, so that no collection walks through it again
    import plotly.graph_objects  # noqa: F401
    import scipy.stats  # noqa: F401  whoever opens the first evaluation would wait for it, and for the next
    import sklearn.metrics  # noqa: F401

    for name in cases.NAMES:  # which every page lists
        cases.get(name)
    if lacking := database.lacking() or folders.lacking():
        print(f"error: {lacking}", file=sys.stderr, flush=True)
        os._exit(1)  # an exception would be told as a traceback
    listening = st.get_option("server.address"), st.get_option("server.port")
    if SURFACE.has_people and (refusal := entrance.opened(*listening)):
        print(refusal, file=sys.stderr, flush=True)
        os._exit(1)
    metrics.start()
    shutdown.bound()
    own = SURFACE.has_people and os.environ.get("CASEBOOK_AGENT", "here") == "here"
    watching = asyncio.create_task(watch_agent()) if own else None
    gc.collect()
    gc.freeze()
    if config._server_mode == "starlette-app":  # by `streamlit run`; another server says by itself where it listens
        where = os.environ.get("CASEBOOK_URL") or get_url(st.get_option("browser.serverAddress"))
        lines.announce(f"\n  Casebook: {where}\n")
    yield
    if watching:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def prefix_told() -> str:
    return st.get_option("server.baseUrlPath")


def files_of(page: str) -> list[str]:
    """The names of the files that an open page offers as downloads; Streamlit keeps no list for others."""
    manager = runtime.get_instance().media_file_mgr
    with manager._lock:
        return [*manager._files_by_session_and_coord.get(page, {}).values()]


addresses.take_over()
try:
    SURFACE = surfaces.chosen()
except InputError as error:
    sys.exit(f"error: {error}")
MIDDLEWARE = [
    Middleware(Proxies), Middleware(RequestIds), Middleware(SecurityHeaders), Middleware(KnownHosts, told=hosts_told),
    Middleware(Prefix, told=prefix_told), *SURFACE.middleware, Middleware(OwnFiles, offered=files_of),
]  # fmt: skip

app = st.App(SURFACE.frame, routes=list(SURFACE.routes), middleware=MIDDLEWARE, lifespan=lifespan)
