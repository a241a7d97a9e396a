"""The recordings of one class in a collection: each can be heard and taken out, the newest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components import audio_list
from pages.shared import session
from pages.shared.i18n import _
from pages.steps.data import collected_files, single_items
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
    told = [{"id": piece.upload, "sound": collected_files.address(draft, piece), **_told(piece, number)}
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
