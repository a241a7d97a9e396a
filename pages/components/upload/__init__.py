"""A place to drop files, which the browser streams to a route; nothing passes through Streamlit's memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

import streamlit as st

from pages.shared.assets import read, script

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult


class Words(TypedDict):
    """Every text the zone shows, translated. Places in braces are filled in the browser."""

    title: str
    hint: str
    choose: str  # the button
    another: str  # the button once a file is there or was refused
    too_large: str  # {name}, {size}, {limit}
    no_room: str  # {size}, {left}
    wrong_kind: str  # {name}
    sent: str  # {n} of {total}, both with their unit
    left: str  # {time}
    durations: Mapping[str, str]  # as `durations.words` has them
    checking: str  # all is sent, the server's answer is awaited
    cancel: str
    cancelled: str
    uploaded: str  # {name}
    failed: str  # the server refused without saying why
    lost: str  # the network is gone
    again: str
    limits: NotRequired[str]  # what is not taken
    test_title: NotRequired[str]  # of the place for a test file; from here on where `pair` is set
    test_hint: NotRequired[str]
    test: NotRequired[str]  # its button
    train_name: NotRequired[str]
    test_name: NotRequired[str]
    train_next: NotRequired[str]  # the test file came first
    read: NotRequired[str]  # the button that sends what was looked at
    clear: NotRequired[str]
    parts: NotRequired[Mapping[str, str]]  # part → what it is called
    plan_classes: NotRequired[str]  # {n}, {files}
    plan_more: NotRequired[str]  # {n} further classes
    plan_others: NotRequired[str]  # {n} files of other kinds
    plan_later: NotRequired[str]  # the browser cannot look into it
    plan_no_zip: NotRequired[str]
    plan_encrypted: NotRequired[str]
    plan_nothing: NotRequired[str]
    plan_loose: NotRequired[str]  # {n} files in no class folder
    plan_one_class: NotRequired[str]
    one_file: NotRequired[str]  # several were dropped where one is wanted
    archive_alone: NotRequired[str]  # an archive came with other files; where `archives` is set
    files: NotRequired[str]  # {n} of {total} files; from here on where `many` is set
    arrived: NotRequired[str]  # {n} files
    left_out: NotRequired[str]  # {n} files of other kinds
    stopped: NotRequired[str]  # cancelled when some files had arrived already
    folder: NotRequired[str]  # the button for a whole folder
    label: NotRequired[str]  # of the field for a class
    label_hint: NotRequired[str]
    label_first: NotRequired[str]  # a picture or a recording was to be taken without a class
    camera: NotRequired[str]  # the button that opens it; from here on where `camera` is set
    camera_close: NotRequired[str]
    shoot: NotRequired[str]
    camera_denied: NotRequired[str]
    camera_none: NotRequired[str]
    camera_unsafe: NotRequired[str]
    record: NotRequired[str]  # the button that begins a recording; from here on where `microphone` is set
    record_stop: NotRequired[str]
    microphone_denied: NotRequired[str]
    microphone_none: NotRequired[str]
    microphone_unsafe: NotRequired[str]
    microphone_short: NotRequired[str]
    microphone_silent: NotRequired[str]


# Joined to one module; numbers and durations are written as in the live view.
_SCRIPTS = (
    "../live_metrics/numbers.js",
    "sending.js",
    "choosing.js",
    "zip.js",
    "plan.js",
    "staging.js",
    "packing.js",
    "page_drop.js",
    "camera.js",
    "microphone.js",
    "writing.js",
    "uploading.js",
)


_component = st.components.v2.component(
    "casebook_uploading",
    html=read(__file__, "uploading.html"),
    css=read(__file__, "uploading.css"),
    js=script(__file__, *_SCRIPTS),
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
    room: int | None = None,
    on_full: Callable[[], None] = lambda: None,
    many: bool = False,
    alone: str = "",
    labelled: str = "",
    draft: str | None = None,
    classes: Sequence[str] | None = None,
    split: str = "",
    folders: bool = False,
    camera: bool = False,
    microphone: bool = False,
    page: bool = False,
    leads: bool = False,
    pair: bool = False,
    tables: str = "",
    archives: str = "",
    parts: Mapping[str, str] | None = None,
    advice: Mapping[str, str] | None = None,
) -> ComponentResult:
    """Draw a drop zone that PUTs files to `url?name=<file name>` with the header `X-Upload-Token`, and other facts
    in the address: `lang`, and where they are not empty `draft`, `label`, `folder` and `split`.

    Args:
        accept, alone, labelled: what an `<input type=file>` takes, endings or media types with commas. Files that
            `labelled` fits are single items; they get the `label` that was typed. The `folder` is the path they lay in.
        max_bytes, room: bytes of one file, and of all that are chosen together; more is refused before it is sent.
        on_full: called when what was chosen is more than `room`.
        many: whether several files, and folders, may be dropped at once.
        draft: the collection that the files join. None: a file that `alone` fits, and that comes alone, is sent for
            itself; with `many` other files begin a collection (`draft=new`).
        classes: known so far; with them there is a field to type one.
        advice: endings that are known but not accepted, each with what to do.
        page: whether the whole page takes what is dropped.
        leads: whether the next thing to do is here; one of its buttons is highlighted then.
        pair: whether a file that `alone` fits is looked at before it is sent, and a test file may come with it: both
            join a collection then, and the answer has `read`.
        tables: endings of tables, with commas.
        archives: their endings, with commas. With them all that is chosen is sent as one file: what `alone` fits as it
            is, anything else packed as one tar.
        parts: name of a folder, in small letters → the part of the data that it holds.
        folders, camera, microphone: whether there is a button for whole folders, for the camera, for the microphone.

    The route answers a good upload with JSON; that of the last file is then `result.uploaded` for one run of the
    page. A refused one is answered with `{"message": …}` in the reader's language.
    """
    data = {
        "url": url, "token": token, "accept": accept, "words": words, "language": language, "max_bytes": max_bytes,
        "room": room, "key": key, "many": many, "alone": alone, "labelled": labelled, "draft": draft, "split": split,
        "classes": None if classes is None else list(classes), "folders": folders, "camera": camera,
        "microphone": microphone, "page": page, "leads": leads, "pair": pair, "tables": tables, "archives": archives,
        "parts": dict(parts or {}),
        "advice": dict(advice or {}),
    }  # fmt: skip
    return _component(key=key, data=data, height="stretch" if pair else "content", on_uploaded_change=on_uploaded,
                      on_full_change=on_full)  # fmt: skip
