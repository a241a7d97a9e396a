"""Signed tokens: a route believes what the page that made them said, and nothing else."""

from __future__ import annotations

import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from runs import paths

LIFE = 7 * 24 * 3600  # seconds; a long run may be watched for days without the page running again


def sign(purpose: str, **facts: Any) -> str:
    return _serializer(paths.home(), purpose).dumps(facts)


def read(purpose: str, token: str) -> dict[str, Any] | None:
    """What was signed for this purpose, or None when it is forged, old or meant for something else."""
    try:
        return _serializer(paths.home(), purpose).loads(token, max_age=LIFE)
    except BadSignature:
        return None


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
