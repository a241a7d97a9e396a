"""A picture is given by file, by camera, or as an example."""

from __future__ import annotations

from collections.abc import Sequence

from pages.components.prediction_form.component import made
from pages.shared.i18n import _
from runs.inference.errors import MOST_BYTES
from runs.store.records import Run

component = made("pictures", "../upload/camera.js", "pictures.js")


def beginnings(run: Run, rows: Sequence[int]) -> list[str]:
    """Nothing: the browser fetches the pictures."""
    return [""] * len(rows)


def words() -> dict[str, str]:
    """Return the component's sentences in the reader's language."""
    limit = MOST_BYTES // 10**6
    return {
        "title": _("Upload or take a picture"),
        "hint": _("JPEG, PNG or WebP, up to {limit} MB", limit=limit),
        "examples": _("Or choose a picture from the test set, never used in training:"),
        "choose": _("Choose a picture"),
        "camera": _("Use the camera"),
        "take": _("Take a picture"),
        "close": _("Close the camera"),
        "camera_denied": _("Camera access is blocked. Allow it in the address bar."),
        "camera_none": _("No camera was found, or another program is using it."),
        "camera_unsafe": _("Browsers allow the camera only over https or on this computer."),
        "too_large": _("The picture is larger than {limit} MB. Reduce it and try again.", limit=limit),
    }
