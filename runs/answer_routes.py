"""PUT /api/answer: one thing is given, or an example is named, and the run's model says what it is.

The token "answer" names either a run and its owner, or a share, which must be open; and the rows of the data set that
may be asked about and seen. What comes through a share is forgotten as soon as it is answered.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import cases
from cases.base import Answer
from models.errors import N_, InputError
from runs import asking, items, reading, shares, store, tokens, tries
from runs.answer_refusals import MOST_BYTES, too_large
from runs.language import say_error
from runs.refusing import language, refusal
from runs.store import Run

TOP = 5
AT_ONCE = 4  # questions under way; the others wait, and no other route waits for them

_limiters: dict[str, CapacityLimiter] = {}


@dataclass(frozen=True)
class Leave:
    """What the bearer of a token may do."""

    run: Run
    rows: frozenset[int]
    passing: bool  # came through a share


def leave(token: str) -> Leave | None:
    facts = tokens.read("answer", token)
    if facts is None:
        return None
    share = shares.by_id(facts["share"]) if "share" in facts else None
    if "share" in facts:
        run = shares.run_of(share) if share else None
        rows = facts["rows"] if share and share.pictures else []
    else:
        run, rows = store.run(facts["run"], facts["owner"]), facts["rows"]
    return Leave(run, frozenset(rows), "share" in facts) if run else None


async def answer(request: Request) -> Response:
    allowed = await to_thread.run_sync(leave, request.headers.get("x-answer-token", ""))
    if allowed is None:
        return refusal(request, 403, N_("This page is no longer valid. Reload it, or ask for a new link."))
    row = request.query_params.get("row")
    if row is not None:
        return await _answer_example(request, allowed, row)
    path = tries.new(request.query_params.get("name", ""))
    keep = False
    try:
        if not await _receive(request, path):
            return _sorry(request, too_large())
        keep = not allowed.passing
        return await _answered(request, allowed, path, {"key": path.stem, "file": f"tries/{path.name}"})
    except ClientDisconnect:
        return Response(status_code=499)
    finally:
        if not keep:
            path.unlink(missing_ok=True)


async def _answer_example(request: Request, allowed: Leave, row: str) -> Response:
    if not row.isdecimal() or int(row) not in allowed.rows:
        return refusal(request, 404, N_("There is no such item."))
    spare = tries.new("example.txt")
    try:
        path = await to_thread.run_sync(_file, allowed.run, int(row), spare)
        return await _answered(request, allowed, path, {"row": int(row)})
    finally:
        spare.unlink(missing_ok=True)


async def _receive(request: Request, path: Path) -> bool:
    """Whether it was small enough; hardly more than that is ever written."""
    size = 0
    async with await anyio.open_file(path, "wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MOST_BYTES:
                return False
            await file.write(chunk)
    return True


async def _answered(request: Request, allowed: Leave, path: Path, told: dict[str, Any]) -> Response:
    ask = lambda: asking.answers(allowed.run, [path], show=True)[0]  # noqa: E731
    try:
        said = await to_thread.run_sync(ask, limiter=_limiters.setdefault("asking", CapacityLimiter(AT_ONCE)))
    except InputError as error:
        said = error
    if not isinstance(said, Answer):
        return _sorry(request, said)
    best = {"labels": said.labels[:TOP], "probabilities": said.probabilities[:TOP], "shown": said.shown}
    moments = {"moments": [asdict(moment) for moment in said.moments]} if said.moments else {}
    unheard = {"unheard": said.unheard} if said.unheard else {}
    return JSONResponse({**best, **moments, **unheard, **({} if allowed.passing else told)})


def _sorry(request: Request, error: InputError) -> Response:
    return JSONResponse({"message": say_error(language(request), error.as_json())}, 422)


def _file(run: Run, row: int, spare: Path) -> Path:
    return cases.get(run.case).file(reading.dataset_of(run), row, spare)


def example(request: Request) -> Response:
    """What an example looks like, or with `heard` how it sounds, for who has no other leave than this token."""
    allowed, row = leave(request.query_params.get("token", "")), request.query_params.get("row", "")
    if allowed is None or not row.isdecimal() or int(row) not in allowed.rows:
        return refusal(request, 404, N_("There is no such item."))
    return items.answer(request, reading.dataset_of(allowed.run), int(row), seconds=3600)


ROUTES = [Route("/api/answer", answer, methods=["PUT"]), Route("/api/example", example)]
