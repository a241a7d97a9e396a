"""The recordings of one class in a collection: each can be heard and taken out, the newest first."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components import audio_list
from pages.shared import owner, session
from pages.shared.address import of_route
from pages.shared.i18n import _
from pages.steps.data import single_items
from runs import paths
from runs.uploads.draft_files import DraftFile

MOST = 24  # that are listed
TAKE = re.compile(r"recording-\d+\.wav")  # as the browser calls it, one channel of 16 bits at 16 kHz
HEADER, SECOND = 44, 32_000  # bytes


def open_newest(groups: Sequence[tuple[str, list[DraftFile]]], newest: DraftFile, key: str) -> None:
    """Who has just recorded sees the class it went into."""
    if session.held(f"{key}_newest", str, newest.upload) != newest.upload:
        st.session_state[key] = next((name for name, some in groups if newest in some and "/" in name), None)
    st.session_state[f"{key}_newest"] = newest.upload


def show(draft: str, some: Sequence[DraftFile], key: str) -> None:
    today = int(time.time() // 86400)
    address = of_route(f"/api/piece?token={_token(paths.home(), draft, owner.current(), owner.session_id(), today)}")
    told = [{"id": piece.upload, "sound": f"{address}&upload={piece.upload}", **_told(piece, number)}
            for number, piece in enumerate(some, start=1)]  # fmt: skip
    audio_list.show(
        told[: -MOST - 1 : -1],
        key=f"{key}_heard",
        on_removed=lambda: single_items.remove(draft, [*filter(None, [session.told(f"{key}_heard", "removed")])]),
    )
    if len(some) > MOST:
        st.caption(_("Showing the latest {n}.", n=MOST))
    st.button(_("Remove all"), key=f"{key}_all", icon=":material/delete:", on_click=single_items.remove,
              args=(draft, [piece.upload for piece in some]))  # fmt: skip


def _told(piece: DraftFile, number: int) -> dict[str, Any]:
    """What was recorded here has a name that tells nothing, and a length that its size does."""
    if not TAKE.fullmatch(piece.name):
        return {"title": piece.name}
    return {"title": _("Recording {n}", n=number), "seconds": (piece.bytes - HEADER) / SECOND}


@lru_cache(maxsize=64)
def _token(_home: Path, draft: str, _whose: str, _session: str, _day: int) -> str:
    """The same all day, so that what plays plays on when the page runs again."""
    return owner.sign("pieces", draft=draft)
