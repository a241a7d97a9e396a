"""Signed tokens: a route believes what the page that made them said, and nothing else.

A token is bound to the session of the page that made it: in another browser, or after the session has ended, it says
nothing. Those of a demo are bound to its link instead.
"""

from __future__ import annotations

import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from runs import paths

DAY = 24 * 3600
LIFE = DAY  # seconds; a page that has been open for longer makes new ones as soon as it is used
LIVES = {  # a long run may be watched for days without the page running again
    "run": 7 * DAY, "dataset": 7 * DAY, "watch": 7 * DAY, "device": 365 * DAY,
    "backup": DAY // 96,  # holds everything: its page makes new ones while it is open
}  # fmt: skip


def sign(purpose: str, *, session: str = "", **facts: Any) -> str:
    """A token with `facts` for this purpose, of use with this session only; empty where nobody logs in."""
    return _serializer(paths.home(), purpose).dumps({**facts, **({"session": session} if session else {})})


def read(purpose: str, token: str, *, session: str = "") -> dict[str, Any] | None:
    """What was signed for this purpose and this session, or None when it is forged, old or meant for another."""
    try:
        facts = _serializer(paths.home(), purpose).loads(token, max_age=LIVES.get(purpose, LIFE))
    except BadSignature:
        return None
    return {name: fact for name, fact in facts.items() if name != "session"} if _of(facts, session) else None


def _of(facts: dict[str, Any], session: str) -> bool:
    return "share" in facts or hmac.compare_digest(facts.get("session", "").encode(), session.encode())


def key(purpose: str) -> bytes:
    """32 bytes that every process of this home knows, and nobody else."""
    return hmac.digest(_secret(paths.home()).encode(), purpose.encode(), "sha256")


@lru_cache(maxsize=8)
def _serializer(home: Path, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_secret(home), salt=purpose)


def _secret(home: Path) -> str:
    return os.environ.get("CASEBOOK_SECRET") or _own_secret(home)


def _own_secret(home: Path) -> str:
    """Made once for a home; readable by its owner only."""
    path = home / "secret"
    if not path.exists():
        making = path.with_suffix(f".{secrets.token_hex(8)}")  # threads may make one at the same time
        with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(making, path)  # fails where another process was quicker
        except FileExistsError:
            pass
        finally:
            making.unlink()
    return path.read_text()
