"""Whether the app is alive, and whether it can do its work: for whoever watches it from outside.

Both answer anybody, so they say of each part whether it is well and nothing else: no host, no path, no number.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from models.errors import InputError
from runs import outages, paths
from runs.cluster import jobs, nodes
from runs.store import agents

KEPT = 1.0  # seconds that an answer counts: whoever asks all the time does not keep the disk busy
_NEVER = {"Cache-Control": "no-store"}

log = logging.getLogger(__name__)


async def health(_request: Request) -> Response:
    """GET /api/health: 200 as long as the process answers at all; it asks neither disk nor database."""
    return JSONResponse({"alive": True}, headers=_NEVER)


async def ready(_request: Request) -> Response:
    """GET /api/ready: 200 where runs can be started and will be done, else 503, with what is missing.

    Where there is a Ray cluster, it is told of and does not count: runs can be done without it.
    """
    parts = await to_thread.run_sync(_parts.now, limiter=_one)
    well = all(parts.values())
    beside = await to_thread.run_sync(_beside.now, limiter=_one) if jobs.address() else {}
    return JSONResponse({"ready": well, **parts, **beside}, 200 if well else 503, headers=_NEVER)


class Parts:
    """What must work, looked at once a second at most, however many ask; one thread at a time."""

    def __init__(self, asked: Mapping[str, Callable[[], bool]]) -> None:
        self.asked = asked
        self.known: dict[str, bool] = {}
        self.until = 0.0

    def now(self) -> Mapping[str, bool]:
        if time.monotonic() > self.until:
            self.known = {name: _is_well(name, ask) for name, ask in self.asked.items()}
            self.until = time.monotonic() + KEPT
        return self.known


def _is_well(name: str, ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    except (InputError, OSError, SQLAlchemyError) as error:
        log.warning("Not ready, %s: %s", name, outages.cause(error))
        return False


def _database_answers() -> bool:
    agents.alive()
    return True


def _disk_has_room() -> bool:
    """More than what is set aside for the last words of a run, and it takes what is written."""
    paths.require_writable()
    return outages.free() > paths.BALLAST


def _agent_is_alive() -> bool:
    return bool(agents.alive())


def _cluster_answers() -> bool:
    return nodes.seen() is not None


_one = CapacityLimiter(1)  # while the database keeps it waiting, it takes no thread from the pages' requests
_beside = Parts({"cluster": _cluster_answers})
_parts = Parts({"database": _database_answers, "disk": _disk_has_room, "agent": _agent_is_alive})
