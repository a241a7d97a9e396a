"""What a route says when it cannot do as asked: a sentence in the reader's language."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runs.language import LANGUAGES, say


def refusal(request: Request, status: int, message: str) -> Response:
    return JSONResponse({"message": say(language(request), message)}, status)


def language(request: Request) -> str:
    asked = request.query_params.get("lang", "en")
    return asked if asked in LANGUAGES else "en"
