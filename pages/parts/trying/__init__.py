"""One thing is given to a model, by file, by camera or from examples, and its answer is drawn: no rerun in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypedDict

import streamlit as st

from pages.parts.beside import read
from pages.parts.language import _, current
from runs.answer_refusals import MOST_BYTES

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult

PICTURES = ".jpg,.jpeg,.png,.webp,.avif,.bmp,.gif,.tif,.tiff"  # without HEIC, so that an iPhone sends JPEG


class Example(TypedDict):
    id: str  # row of the run's data set
    src: str  # address of its picture
    label: str


_component = st.components.v2.component(
    "casebook_trying",
    html=read(__file__, "trying.html"),
    css=read(__file__, "trying.css"),
    js=read(__file__, "../uploading/camera.js", "trying.js"),
)


def show(
    *, token: str, examples: Sequence[Example], key: str, on_answered: Callable[[], None] = lambda: None
) -> ComponentResult:
    """Draw it for pictures; `token` as `runs.answer_routes` reads it.

    After an answer `result.answered` holds for one run of the page `key` and `file` of what was given, or `row` of an
    example.
    """
    data = {
        "url": "/api/answer", "token": token, "examples": list(examples), "words": _words(), "language": current(),
        "accept": PICTURES, "max_bytes": MOST_BYTES,
    }  # fmt: skip
    return _component(key=key, data=data, on_answered_change=on_answered)


def _words() -> dict[str, str]:
    return {
        "title": _("Give the model a picture"),
        "hint": _("JPEG, PNG or WebP, up to {limit} MB", limit=MOST_BYTES // 2**20),
        "choose": _("Choose a picture"),
        "camera": _("Take a picture"),
        "take": _("Take it now"),
        "close": _("Close the camera"),
        "camera_denied": _("The browser may not use the camera. Allow it beside the address of this page."),
        "camera_none": _("No camera was found, or another program is using it."),
        "camera_unsafe": _("Browsers give the camera only to pages that come over https, or from this computer."),
        "examples": _("Or one from the test part, which the model never learnt from:"),
        "example": _("Example {n}"),
        "label": _("Its label: {label}"),
        "idle": _("The answer appears here."),
        "asking": _("Asking the model …"),
        "seen": _("What the model saw"),
        "lost": _("The server did not answer. Check the connection and try again."),
        "too_large": _("The picture has more than {limit} MB. Reduce it and try again.", limit=MOST_BYTES // 2**20),
    }
