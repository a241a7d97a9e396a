"""Where a browser finds a file of a collection, to hear or to see it."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path

from pages.shared import owner
from pages.shared.address import of_route
from runs import paths
from runs.uploads.draft_files import DraftFile


def address(draft: str, piece: DraftFile) -> str:
    """The same all day, so that what plays plays on, and what is seen is not sent again, when the page runs again."""
    today = int(time.time() // 86400)
    token = _token(paths.home(), draft, owner.current(), owner.session_id(), today)
    return of_route(f"/api/piece?token={token}&upload={piece.upload}")


@lru_cache(maxsize=64)
def _token(_home: Path, draft: str, _whose: str, _session: str, _day: int) -> str:
    return owner.sign("pieces", draft=draft)
