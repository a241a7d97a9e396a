"""PUT /api/answer: one thing is given, or an example is named, and the run's model says what it is.

The token "answer" names either a run and its owner, or a share, which must be open; and the rows of the data set that
may be asked about and seen. What comes through a share is forgotten as soon as it is answered, and waits in a lane of
its own; see `runs.api.visitors`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio import CapacityLimiter, move_on_after, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import cases
from cases.base import Prediction
from models.errors import N_, InputError
from runs.api import addresses, items, visitors
from runs.api.granted import granted
from runs.api.numbers import whole
from runs.api.responses import language, refusal
from runs.inference import client, inputs
from runs.inference.errors import MOST_BYTES, MOST_CONTENT, is_late, too_large
from runs.inference.lanes import OWN, VISITORS
from runs.jobs import data_import
from runs.language import say, say_error
from runs.store import records, shares
from runs.store.records import Run

TOP = 5
AT_ONCE = 4  # questions of the owner under way; the others wait, and no other route waits for them
PATIENCE = 120.0  # seconds in which what a visitor gives has to arrive

_limiters: dict[str, CapacityLimiter] = {}


@dataclass(frozen=True)
class Leave:
    """What the bearer of a token may do."""

    run: Run
    rows: frozenset[int]
    share: str = ""  # that the bearer came through
    visitor: str = ""  # the open page of the link; empty where the token does not say

    @property
    def passing(self) -> bool:
        return bool(self.share)


def leave(request: Request, token: str) -> Leave | None:
    """Return what the token allows to ask, or None where it is not valid or its share has ended."""
    facts = granted(request, "answer", token)
    if facts is None:
        return None
    share = shares.by_id(facts["share"]) if "share" in facts else None
    if "share" in facts:
        run = shares.run_of(share) if share else None
        rows = facts["rows"] if share and share.examples else []
    else:
        run, rows = records.run(facts["run"], facts["owner"]), facts["rows"]
    return Leave(run, frozenset(rows), facts.get("share", ""), facts.get("visitor", "")) if run else None


async def answer(request: Request) -> Response:
    """PUT /api/answer: predict the file in the body, or the example that the query names."""
    allowed = await to_thread.run_sync(leave, request, request.headers.get("x-answer-token", ""))
    if allowed is None:
        return refusal(request, 403, N_("This page is no longer valid. Reload it, or ask for a new link."))
    if not allowed.passing:
        return await _answer(request, allowed)
    with visitors.visit(allowed.share, addresses.of(request), allowed.visitor) as welcome:
        if not welcome:
            answer = refusal(request, 429, N_("Too many requests for this model. Try again in a moment."))
            answer.headers["Retry-After"] = "5"
            return answer
        return await _answer(request, allowed)


async def _answer(request: Request, allowed: Leave) -> Response:
    if "row" in request.query_params:
        return await _answer_example(request, allowed, whole(request.query_params["row"]))
    take = _answer_content if cases.get(allowed.run.case).takes_content else _answer_file
    try:
        return await take(request, allowed)
    except ClientDisconnect:
        return Response(status_code=499)


async def _answer_content(request: Request, allowed: Leave) -> Response:
    """It never becomes a file: whoever wants it explained still has it."""
    content = bytearray()

    async def take(chunk: bytes) -> None:
        content.extend(chunk)

    if refused := await _received(request, allowed, MOST_CONTENT, take):
        return refused
    return await _answered(request, allowed, bytes(content), {})


async def _answer_file(request: Request, allowed: Leave) -> Response:
    owner = inputs.VISITORS if allowed.passing else allowed.run.owner
    path = inputs.new(owner, request.query_params.get("name", ""))
    keep = False
    try:
        async with await anyio.open_file(path, "wb") as file:
            refused = await _received(request, allowed, MOST_BYTES, file.write)
        if refused:
            return refused
        keep = not allowed.passing
        return await _answered(request, allowed, path, {"key": path.stem, "file": inputs.named(path)})
    finally:
        if not keep:
            path.unlink(missing_ok=True)


async def _answer_example(request: Request, allowed: Leave, row: int | None) -> Response:
    if row not in allowed.rows:
        return refusal(request, 404, N_("Example not found."))
    given = await to_thread.run_sync(_example, allowed.run, row)
    return await _answered(request, allowed, given, {"row": row})


async def _received(
    request: Request, allowed: Leave, most: int, take: Callable[[bytes], Awaitable[Any]]
) -> Response | None:
    """Why not, where it is too large or too late; hardly more than `most` bytes are ever taken."""
    size = 0
    with move_on_after(PATIENCE if allowed.passing else None) as arriving:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                return _sorry(request, too_large(most))
            await take(chunk)
    if arriving.cancelled_caught:
        return refusal(request, 408, N_("The upload took too long. Try again, or choose a smaller file."))
    return None


async def _answered(request: Request, allowed: Leave, given: Path | bytes, told: dict[str, Any]) -> Response:
    ask = partial(client.answers, allowed.run, [given], show=True, visitor=allowed.passing, top=TOP)
    try:
        if allowed.passing:
            async with visitors.turn(allowed.share) as limiter:
                [said] = await to_thread.run_sync(ask, limiter=limiter)
        else:
            [said] = await to_thread.run_sync(ask, limiter=_limiters.setdefault("asking", CapacityLimiter(AT_ONCE)))
    except InputError as error:
        said = error
    if not isinstance(said, Prediction):
        return _sorry(request, said)
    if allowed.passing:
        await to_thread.run_sync(shares.note_try, allowed.share)
    best = {"labels": said.labels, "probabilities": said.probabilities, "shown": said.shown}
    moments = {"moments": [asdict(moment) for moment in said.moments]} if said.moments else {}
    unheard = {"unheard": said.unheard} if said.unheard else {}
    notes = [say(language(request), note["message"], **note["args"]) for note in said.notes]
    more = {**moments, **unheard, **({"notes": notes} if notes else {})}
    return JSONResponse({**best, **more, **({} if allowed.passing else told)})


async def answering(request: Request) -> Response:
    """GET /api/answer: whether who has asked waits for the model to start."""
    allowed = await to_thread.run_sync(leave, request, request.headers.get("x-answer-token", ""))
    if allowed is None:
        return refusal(request, 403, N_("This page is no longer valid. Reload it, or ask for a new link."))
    return JSONResponse({"starting": client.is_starting(VISITORS if allowed.passing else OWN)})


def _sorry(request: Request, error: InputError) -> Response:
    status, more = (503, {"Retry-After": "10"}) if is_late(error) else (422, {})
    return JSONResponse({"message": say_error(language(request), error.as_json())}, status, headers=more)


def _example(run: Run, row: int) -> Path | bytes:
    return cases.get(run.case).content(data_import.dataset_of(run), row)


def example(request: Request) -> Response:
    """What an example looks like, or with `heard` how it sounds, for who has no other leave than this token."""
    allowed, row = leave(request, request.query_params.get("token", "")), whole(request.query_params.get("row"))
    if allowed is None or row not in allowed.rows:
        return refusal(request, 404, N_("Example not found."))
    return items.answer(request, data_import.dataset_of(allowed.run), row, seconds=3600)


ROUTES = [
    Route("/api/answer", answer, methods=["PUT"]),
    Route("/api/answer", answering, methods=["GET"]),
    Route("/api/example", example),
]
