"""Serve predictions of runs' portable models over HTTP, without torch: `python -m runs.inference.server LANE`.

One process a lane, host and home; see `runs.inference.lanes`. Started when first asked, it leaves when nobody asks, and
with `--follow PID` when that process (the app) is gone. It keeps the portable models of a few runs and opens what
people give, so that a file that brings a process down brings down no page.

POST /files takes a list of paths below the home as JSON; POST /contents takes what was never a file, one after the
other, with their `lengths` in bytes in the query. The rest of the query is that of `runs.inference.predict.Question`.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

import psutil
import uvicorn
from anyio import CapacityLimiter, to_thread
from filelock import Timeout
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from runs.inference import lanes, predict
from runs.inference.predict import Question
from runs.limits import processes
from runs.logs import lines

MOST_QUESTION = 32 * 2**20  # bytes
LEAVE_AFTER = 600.0  # seconds without a question
LAST_WORDS = 5  # seconds for what is being answered when it leaves

log = logging.getLogger(__name__)


class InferenceServer:
    """Answers requests until there was none for a while, or the process `follow` is gone."""

    def __init__(self, lane: str, follow: int | None, idle: int) -> None:
        self.lane, self.idle = lane, idle
        self.followed = psutil.Process(follow) if follow else None
        self.asked = time.monotonic()
        self.turns = CapacityLimiter(lanes.WORKERS[lane])
        routes = [Route("/files", self.files, methods=["POST"]), Route("/contents", self.contents, methods=["POST"])]
        self.app = Starlette(routes=routes, lifespan=self._standing)

    def serve(self) -> None:
        if before := lanes.address(self.lane):  # of one that was killed, for the lock is ours
            before.clear()
        listening, self.address = lanes.listen()
        config = uvicorn.Config(
            self.app, http="h11", ws="none", loop="asyncio", log_config=None, log_level="warning", access_log=False,
            backlog=lanes.BACKLOG, server_header=False, date_header=False, timeout_keep_alive=round(LEAVE_AFTER),
            timeout_graceful_shutdown=LAST_WORDS,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        try:
            self.address.write(self.lane)
            self.server.run([listening])
        finally:
            self._clear()

    @asynccontextmanager
    async def _standing(self, _app: Starlette) -> AsyncIterator[None]:
        """When it ends, nothing of it is left."""
        looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            looking.cancel()
            self._clear()  # a signal leaves no time for it later

    def _clear(self) -> None:
        lanes.address_file(self.lane).unlink(missing_ok=True)
        self.address.clear()

    async def _look(self) -> None:
        while self._is_needed():
            await asyncio.sleep(0.5)
        lanes.address_file(self.lane).unlink(missing_ok=True)  # who asks now starts another
        self.server.should_exit = True

    def _is_needed(self) -> bool:
        if self.followed and not self.followed.is_running():
            return False
        return time.monotonic() - self.asked < LEAVE_AFTER and lanes.address_file(self.lane).exists()

    async def files(self, request: Request) -> Response:
        return await self._answered(request, _paths)

    async def contents(self, request: Request) -> Response:
        return await self._answered(request, partial(_parts, request.query_params.get("lengths", "")))

    async def _answered(self, request: Request, read: Callable[[bytes], list[Path | bytes]]) -> Response:
        self.asked = time.monotonic()
        told = request.headers.get("authorization", "")
        if not hmac.compare_digest(told.encode(), f"Bearer {self.address.secret}".encode()):
            return Response(status_code=403)
        try:
            question, given = _question(request), read(await _body(request))
        except ValueError as error:  # not from the client of this package
            return Response(str(error), 400)
        return StreamingResponse(self._told(question, given), media_type="application/json")

    async def _told(self, question: Question, given: list[Path | bytes]) -> AsyncIterator[bytes]:
        """The answer; before it a sign now and then while the model is opened, so that whoever waits knows that it is
        not what was given that takes so long."""
        yield lanes.OPENING
        opening = asyncio.create_task(to_thread.run_sync(partial(self._open, question), limiter=self.turns))
        while not (await asyncio.wait([opening], timeout=lanes.SIGN_AFTER))[0]:
            yield lanes.OPENING
        yield lanes.OPENED
        yield await to_thread.run_sync(partial(self._reply, question, given), limiter=self.turns)
        self.asked = time.monotonic()

    def _open(self, question: Question) -> None:
        with suppress(Exception):  # the reply meets it again, and tells it
            predict.open_model(question, self.idle)

    def _reply(self, question: Question, given: list[Path | bytes]) -> bytes:
        return json.dumps(predict.reply(question, given, self.idle)).encode()


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_QUESTION:
            raise ValueError("More is asked than anybody would.")
    return bytes(body)


def _question(request: Request) -> Question:
    asked = request.query_params
    top = asked.get("top")
    return Question(
        asked.get("case", ""), asked.get("run", ""), asked.get("data", ""), "show" in asked, "visitor" in asked,
        int(top) if top else None,
    )  # fmt: skip


def _paths(body: bytes) -> list[Path | bytes]:
    names = json.loads(body)
    if not isinstance(names, list):
        raise ValueError("The paths are no list.")
    return [Path(str(name)) for name in names]


def _parts(lengths: str, body: bytes) -> list[Path | bytes]:
    ends = [*accumulate(map(int, lengths.split(",")), initial=0)] if lengths else [0]
    if ends[-1] != len(body) or ends != sorted(ends):
        raise ValueError("The lengths are not those of the contents.")
    return [body[start:end] for start, end in pairwise(ends)]


def main() -> None:
    lines.begin("inference")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lane", choices=sorted(lanes.WORKERS))
    parser.add_argument("--follow", type=int, help="leave when this process is gone")
    asked = parser.parse_args()
    if asked.lane == lanes.VISITORS and hasattr(os, "nice"):
        os.nice(10)  # the owner comes first
    idle = processes.held()
    processes.hold(processes.memory(), idle)
    try:
        with lanes.lock(asked.lane).acquire(timeout=0):
            InferenceServer(asked.lane, asked.follow, idle).serve()
    except Timeout:
        log.info("This host answers already.")
    except psutil.NoSuchProcess:
        log.info("Whoever started this process is gone.")


if __name__ == "__main__":
    main()
