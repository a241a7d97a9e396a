"""The two cookies of a login: the session's secret, and the mark by which this browser is known to the account.

Both are HttpOnly, SameSite=Lax, and Secure where the page came over HTTPS.
"""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runs import tokens
from runs.api import addresses, prefix
from runs.identity import login, people, sessions
from runs.identity.people import Person

DEVICE = "casebook_device"
_YEAR = 365 * 24 * 3600


def welcome(request: Request, person: Person, onwards: str) -> Response:
    """Begin a session; the one that this browser had before ends, so that none is foisted on it."""
    earlier = sessions.find(sessions.digest(request.cookies.get(login.COOKIE, "")))
    if earlier:
        sessions.end(earlier.id, earlier.person)
    secret = sessions.begin(person, browser=request.headers.get("user-agent", ""), address=addresses.of(request))
    answer = RedirectResponse(onwards, 303)
    _put(request, answer, login.COOKIE, secret, int(sessions.LONGEST))
    account = people.folded(person.name)
    mark = tokens.sign("device", accounts=[account, *_accounts(request)][:10])
    _put(request, answer, DEVICE, mark, _YEAR)
    return answer


def farewell(request: Request) -> Response:
    """To the entrance, without the session's cookie; the browser stays known."""
    answer = RedirectResponse(f"{prefix.of(request)}/account/login", 303)
    answer.delete_cookie(login.COOKIE, path=_path(request), httponly=True, samesite="lax", secure=_encrypted(request))
    return answer


def device(request: Request, account: str) -> str:
    """By what this browser is known to the account; empty where it never logged in to it."""
    mark = request.cookies.get(DEVICE, "")
    return hashlib.sha256(mark.encode()).hexdigest() if account in _accounts(request) else ""


def _accounts(request: Request) -> list[str]:
    facts = tokens.read("device", request.cookies.get(DEVICE, ""))
    return facts["accounts"] if facts else []


def _put(request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name, value, max_age=seconds, path=_path(request), httponly=True, samesite="lax", secure=_encrypted(request)
    )  # fmt: skip


def _encrypted(request: Request) -> bool:
    return request.url.scheme in ("https", "wss")


def _path(request: Request) -> str:
    return prefix.of(request) or "/"
