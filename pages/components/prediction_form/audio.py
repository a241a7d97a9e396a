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
        "title": _("Let the model hear something"),
        "hint": _("Speak, or give it a WAV, FLAC, OGG or MP3 file, up to {limit} MB", limit=limit),
        "examples": _("Or a recording of the test part, which the model never learnt from:"),
        "choose": _("Choose a recording"),
        "too_large": _("The recording has more than {limit} MB. Cut it and try again.", limit=limit),
        "timeline": _("Predictions over time; click one to listen:"),
        "unheard": _("Only the first ten minutes were used. Cut longer recordings."),
        "quiet": _("nothing to hear"),
        "player": audio_list.words(),
    }
