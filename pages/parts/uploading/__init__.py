"""A place to drop one file, which the browser streams to a route; nothing passes through Streamlit's memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult


class Words(TypedDict):
    """Every text the zone shows, translated. Places in braces are filled in the browser."""

    title: str
    hint: str
    choose: str  # the button
    another: str  # the button once a file is there or was refused
    too_large: str  # {name}, {size}, {limit}
    wrong_kind: str  # {name}
    one_file: str  # several files or a folder were dropped
    sent: str  # {n} of {total}, both with their unit
    left: str  # {time} as minutes and seconds
    checking: str  # all is sent, the server's answer is awaited
    cancel: str
    cancelled: str
    uploaded: str  # {name}
    failed: str  # the server refused without saying why
    lost: str  # the network is gone
    again: str


# Joined to one module; numbers and durations are written as in the live view.
_SCRIPTS = ("../live/numbers.js", "sending.js", "uploading.js")


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "casebook_uploading",
    html=_read("uploading.html"),
    css=_read("uploading.css"),
    js="\n".join(map(_read, _SCRIPTS)),
    isolate_styles=False,
)


def zone(
    *,
    url: str,
    token: str,
    accept: str,
    words: Words,
    language: str,
    max_bytes: int,
    key: str,
    on_uploaded: Callable[[], None],
) -> ComponentResult:
    """Draw a drop zone that PUTs one file to `url?name=<file name>` with the header `X-Upload-Token`.

    `accept` is what an `<input type=file>` takes: endings or media types with commas. The route answers a good
    upload with JSON, which is then `result.uploaded` for one run of the page, and a refused one with
    `{"message": …}` in the reader's language.
    """
    data = {
        "url": url,
        "token": token,
        "accept": accept,
        "words": words,
        "language": language,
        "max_bytes": max_bytes,
    }
    return _component(key=key, data=data, on_uploaded_change=on_uploaded)
