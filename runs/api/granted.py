"""What the token of a request allows: signed here, for this purpose, and of use with the session it was made for."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from runs import tokens
from runs.identity import login


def granted(request: Request, purpose: str, token: str | None = None) -> dict[str, Any] | None:
    """The facts of the token, or None; a session that was ended, or is another's, makes it worthless.

    Args:
        token: by default the one in the address.
    """
    token = request.query_params.get("token", "") if token is None else token
    if login.chosen().one_person:
        return tokens.read(purpose, token)
    session = login.session(request.headers)
    facts = tokens.read(purpose, token, session=session.id if session else "")
    if facts is None or "share" in facts:
        return facts
    return facts if session and facts.get("owner") == session.person.id else None
