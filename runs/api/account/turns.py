"""What hashes passwords, a few at a time: each takes 64 MB of memory and a core. The others wait, and beyond a queue
are asked to come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from models.errors import N_, InputError
from runs import machine
from runs.api import addresses
from runs.api.account.forms import page
from runs.limits import attempts

T = TypeVar("T")
MOST_WAITING = 200  # that wait and are hashed
OF_ONE_ADDRESS = 100  # of these from one address, behind which a whole class may sit: others find room as well
RETRY = "5"  # seconds

_here: Counter[str] = Counter()  # what is bounded → requests; one process
_limiters: dict[str, CapacityLimiter] = {}


class Crowded(Exception):
    """Too many wait already."""


async def hashing(request: Request, account: str, work: Callable[..., T], *args: Any) -> T:
    """The answer of `work`, in a thread once it is its turn. Of one account only one is at work from one address, so
    that several who are right at once do not count as guesses.

    Raises:
        Crowded: there is no room in the queue.
    """
    address = attempts.subscriber(addresses.of(request))
    of_address, of_account = f"address {address}", f"account {address} {account}"
    places = ("", of_address, of_account)
    _here.update(places)
    try:
        if _here[""] > MOST_WAITING or _here[of_address] > OF_ONE_ADDRESS:
            raise Crowded
        async with _limiters.setdefault(of_account, CapacityLimiter(1)):
            return await to_thread.run_sync(work, *args, limiter=_limiters.setdefault("", CapacityLimiter(workers())))
    finally:
        _here.subtract(places)
        for place in places:
            if not _here[place]:
                del _here[place]
                _limiters.pop(place, None)


def workers() -> int:
    return machine.cores()


def come_back(request: Request, template: str, **values: Any) -> Response:
    """For who found no room: the form again, to be sent once more."""
    busy = InputError(
        found=N_("Too many people are logging in at this moment."),
        expected=N_("The server looks at a few passwords at a time."),
        remedy=N_("Try again in a moment."),
    )
    answer: Response = page(request, template, status=503, error=busy, **values)
    answer.headers["Retry-After"] = RETRY
    return answer
