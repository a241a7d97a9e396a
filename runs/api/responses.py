"""What a route says when it cannot do as asked: a sentence in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import iscoroutinefunction

from anyio import to_thread
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from models.errors import N_
from models.storage.object_store import StoreUnreachable
from runs import outages
from runs.language import LANGUAGES, say

log = logging.getLogger(__name__)


def refusal(request: Request, status: int, message: str, **args: object) -> Response:
    return JSONResponse({"message": say(language(request), message, **args)}, status)


def language(request: Request) -> str:
    asked = request.query_params.get("lang", "en")
    return asked if asked in LANGUAGES else "en"


def when_nothing_can_be_kept(endpoint: Callable) -> Callable[[Request], Awaitable[Response]]:
    """A route that says so where the disk is full (507), or the database is locked or away for a while (503), or the
    object storage is."""

    @wraps(endpoint)
    async def calm(request: Request) -> Response:
        try:
            if iscoroutinefunction(endpoint):
                return await endpoint(request)
            return await to_thread.run_sync(endpoint, request)
        except (OSError, OperationalError) as error:
            if outages.is_full_disk(error):
                message = N_("The server's disk is full. Ask the administrator to free some space.")
                return refusal(request, 507, message)
            if not isinstance(error, (OperationalError, StoreUnreachable)):
                raise
            log.error("The store could not be asked: %s", outages.cause(error))
            answer = refusal(request, 503, N_("The server is busy. Try again in a moment."))
            answer.headers["Retry-After"] = "5"
            return answer

    return calm


def guarded(*routes: Route) -> list[Route]:
    """The same, each `when_nothing_can_be_kept`."""
    return [Route(one.path, when_nothing_can_be_kept(one.endpoint), methods=one.methods) for one in routes]
