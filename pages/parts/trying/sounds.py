"""A sound is given by file, by microphone, or as an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pages.parts import recordings
from pages.parts.bring.drop import microphone
from pages.parts.language import _
from pages.parts.trying.component import made
from runs.answer_refusals import MOST_BYTES
from runs.store import Run

component = made(
    "sounds", "../recordings/player.js", "../uploading/microphone.js", "timeline.js", "sounds.js",
    styles=("../recordings/player.css", "sounds.css"),
)  # fmt: skip


def beginnings(run: Run, rows: Sequence[int]) -> list[str]:
    """Nothing: the browser fetches the sounds."""
    return [""] * len(rows)


def words() -> dict[str, Any]:
    limit = MOST_BYTES // 2**20
    return {
        **microphone(),
        "title": _("Let the model hear something"),
        "hint": _("Speak, or give it a WAV, FLAC, OGG or MP3 file, up to {limit} MB", limit=limit),
        "examples": _("Or a recording of the test part, which the model never learnt from:"),
        "choose": _("Choose a recording"),
        "too_large": _("The recording has more than {limit} MB. Cut it and try again.", limit=limit),
        "timeline": _("What it hears from moment to moment; click to listen:"),
        "unheard": _("Only the first ten minutes were listened to. Cut the recording to go on."),
        "quiet": _("nothing to hear"),
        "player": recordings.words(),
    }
