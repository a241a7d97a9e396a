"""A sound is given by file, by microphone, or as an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pages.components import audio_list
from pages.components.microphone import microphone
from pages.components.prediction_form.component import made
from pages.shared.i18n import _
from runs.inference.errors import MOST_BYTES
from runs.store.records import Run

component = made(
    "sounds", "../audio_list/player.js", "../upload/microphone.js", "timeline.js", "sounds.js",
    styles=("../audio_list/player.css", "sounds.css"),
)  # fmt: skip


def beginnings(run: Run, rows: Sequence[int]) -> list[str]:
    """Nothing: the browser fetches the sounds."""
    return [""] * len(rows)


def words() -> dict[str, Any]:
    """Return the component's sentences in the reader's language."""
    limit = MOST_BYTES // 10**6
    return {
        **microphone(),
        "title": _("Upload or make a recording"),
        "hint": _("WAV, FLAC, OGG or MP3, up to {limit} MB", limit=limit),
        "examples": _("Or choose a recording from the test set, never used in training:"),
        "choose": _("Choose a recording"),
        "too_large": _("The recording is larger than {limit} MB. Cut it and try again.", limit=limit),
        "timeline": _("Predictions over time; click one to listen:"),
        "unheard": _("Only the first ten minutes were used. Cut longer recordings."),
        "quiet": _("silence"),
        "player": audio_list.words(),
    }
