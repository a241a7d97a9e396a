"""What one code base is started as: the studio, for its people, or a surface of nothing but demos, which may face the
internet (`CASEBOOK_SURFACE=demos`).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from models.errors import N_, InputError
from runs.api import predictions, prefix, routes
from runs.api.account.forms import page
from runs.api.account.routes import ROUTES as ACCOUNT
from runs.api.responses import guarded
from runs.api.signed_in import SignedIn
from runs.identity.login import Login, Nobody

# What the demo pages need: themselves, Streamlit's files and its WebSocket, and the routes that answer a link.
_OF_DEMOS = re.compile(
    r"/((demo|watch)/?)?"
    r"|/_stcore/(health|host-config|stream|allowed-message-origins)"
    r"|/((demo|watch)/)?(static|component|_stcore/bidi-components)/.*"
    r"|/((demo|watch)/)?(favicon\.png|manifest\.json|index\.html)"
    r"|/api/(answer|example|watch|health)|/assets/plotly\.js"
)


@dataclass(frozen=True)
class Surface:
    """`frame`: the script that all its pages stand in; `has_people`: they log in, and it starts their runs."""

    name: str
    frame: str
    routes: tuple[Route, ...]
    middleware: tuple[Middleware, ...]
    has_people: bool


class OnlyDemos:
    """ASGI middleware: every other path does not exist, whichever route of the server would have answered it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _OF_DEMOS.fullmatch(scope.get(prefix.LOCAL, scope["path"])):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _missing(Request(scope))(scope, receive, send)


def _missing(request: Request) -> Response:
    """For a person a page that says what there is, for everyone else two words."""
    if "text/html" in request.headers.get("accept", ""):
        return page(request, "only_demos.html", status=404)
    return PlainTextResponse("Not Found", 404)


def _nobody() -> Login:
    """Who has a link need not log in; what claims to be a session is taken out all the same."""
    return Nobody("open")


STUDIO = Surface("studio", "pages/frame.py", (*routes.ROUTES, *ACCOUNT), (Middleware(SignedIn),), has_people=True)
DEMOS = Surface(
    "demos", "pages/demo_frame.py", tuple(guarded(*predictions.ROUTES, routes.WATCH, routes.HEALTH, routes.PLOTLY)),
    (Middleware(SignedIn, chosen=_nobody), Middleware(OnlyDemos)),
    has_people=False,
)  # fmt: skip
SURFACES = {surface.name: surface for surface in (STUDIO, DEMOS)}


def chosen() -> Surface:
    """
    Raises:
        InputError: `CASEBOOK_SURFACE` is neither.
    """
    asked = os.environ.get("CASEBOOK_SURFACE", "").strip() or STUDIO.name
    if asked not in SURFACES:
        raise InputError(
            found=N_("CASEBOOK_SURFACE is “{asked}”."),
            expected=N_("It can be studio or demos."),
            remedy=N_("Correct it and start again."),
            asked=asked[:100],
        )
    return SURFACES[asked]
