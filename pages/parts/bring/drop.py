"""The place to drop files, with its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from cases.base import Case
from pages.parts import address, language, owner, uploading
from pages.parts.bring import reading
from pages.parts.language import _
from runs import tokens
from runs.receiving import MOST_BYTES

ARCHIVES = ".zip,.tar,.tgz,.gz,.tbz2,.bz2,.txz,.xz"


@dataclass(frozen=True)
class Ways:
    """What a case's data can be brought as, and the words for it, in the reader's language."""

    items: str  # endings of files that hold items of one class, with commas; "" where there are no classes
    tables: str  # endings of tables
    hint: str
    collect: str  # the button that begins a collection
    begin: str  # how an empty one is filled
    drop: str
    drop_hint: str
    example: str  # of a class
    read: str  # the button that ends a collection
    whole: bool = False  # a table is the data itself: one that comes alone is read at once
    camera: bool = False
    microphone: bool = False  # and what was collected can be heard
    typing: bool = False
    unlabelled: bool = False  # groups are found in what has no classes
    advice: Mapping[str, str] = field(default_factory=dict)  # ending that is not read → what to do
    words: Mapping[str, str] = field(default_factory=dict)  # of the zone, in place of the usual ones
    transcripts: Ways | None = None  # the same where what is typed for an item is the words said in it

    @property
    def accept(self) -> str:
        return ",".join(filter(None, (ARCHIVES, self.tables, self.items)))

    @property
    def alone(self) -> str:
        """Endings of what is read at once where it comes alone."""
        return f"{ARCHIVES},{self.tables}" if self.whole else ARCHIVES


def anything(case: Case, ways: Ways) -> None:
    """What brings its own classes is read at once where it comes alone; everything else begins a collection."""
    key = f"{case.name}_upload"
    words = {"title": _("Drop your data here"), "hint": ways.hint, "choose": _("Choose a file"),
             "another": _("Choose another file")}  # fmt: skip
    _zone(case, ways, key=key, words=words, on_uploaded=lambda: _arrived(key))


def into_collection(case: Case, ways: Ways, draft: str, classes: Sequence[str], split: str) -> None:
    words = {"title": ways.drop, "hint": ways.drop_hint, "label_hint": ways.example, "choose": _("Choose files"),
             "another": _("Choose more files"), **ways.words}  # fmt: skip
    _zone(case, ways, key=f"{case.name}_into_{draft}", words=words, on_uploaded=lambda: None, draft=draft,
          classes=classes if ways.items else None, split=split, folders=True, camera=ways.camera,
          microphone=ways.microphone)  # fmt: skip


def _arrived(key: str) -> None:
    answer = st.session_state[key]["uploaded"]
    if "run" in answer:
        reading.begin(answer["run"])
    else:
        address.change(draft=answer["draft"], data=None, run=None, read=None)


def _zone(
    case: Case, ways: Ways, *, key: str, words: dict[str, str], on_uploaded: Callable[[], None], **more: object
) -> None:
    uploading.zone(
        url="/api/upload",
        token=tokens.sign("upload", owner=owner.current(), case=case.name),
        accept=ways.accept,
        many=True,
        alone=ways.alone,
        labelled=ways.items,
        words={**_words(), **words},
        language=language.current(),
        max_bytes=MOST_BYTES,
        advice=ways.advice,
        key=key,
        on_uploaded=on_uploaded,
        **more,
    )


def alone(accept: str, *, token: str, words: dict[str, str], key: str, on_uploaded: Callable[[], None]) -> None:
    """For one file, of these endings, that is not data to learn from; `token` says what is done with it."""
    uploading.zone(
        url="/api/upload", token=token, accept=accept, alone=accept, words={**_words(), **words},
        language=language.current(), max_bytes=MOST_BYTES, key=key, on_uploaded=on_uploaded,
    )  # fmt: skip


def _words() -> dict[str, str]:
    return {
        "folder": _("Choose a folder"),
        "label": _("Class of what you add now"),
        "label_first": _("Type the class first."),
        "camera": _("Use the camera"),
        "camera_close": _("Close the camera"),
        "shoot": _("Take a picture"),
        "camera_denied": _("The browser may not use the camera. Allow it beside the address of this page."),
        "camera_none": _("No camera was found, or another program is using it."),
        "camera_unsafe": _("Browsers give the camera only to pages that come over https, or from this computer."),
        **microphone(),
        "too_large": _("“{name}” has {size}; at most {limit} can be uploaded. Split it, or reduce what it holds."),
        "wrong_kind": _(
            "“{name}” is of no kind that is read here. Put the data into a folder, zip it and drop the zip here."
        ),
        "files": _("{n} of {total} files"),
        "sent": _("{n} of {total}"),
        "left": _("{time} left"),
        "checking": _("All sent; the server is checking."),
        "cancel": _("Cancel"),
        "cancelled": _("Cancelled; nothing was kept."),
        "stopped": _("Cancelled; what had arrived by then was kept."),
        "uploaded": _("“{name}” has arrived."),
        "arrived": _("{n} files have arrived."),
        "left_out": _("Files of other kinds were left out: {n}."),
        "failed": _("The server did not take the file. Try again; if that does not help, reload the page."),
        "lost": _("The connection was lost while uploading. Check it and try again."),
        "again": _("Try again"),
    }


def microphone() -> dict[str, str]:
    """What is said wherever one can record."""
    return {
        "record": _("Record with the microphone"),
        "record_stop": _("Stop recording"),
        "microphone_denied": _("The browser may not use the microphone. Allow it beside the address of this page."),
        "microphone_none": _("No microphone was found, or another program is using it."),
        "microphone_unsafe": _(
            "Browsers give the microphone only to pages that come over https, or from this computer."
        ),
        "microphone_short": _("That was too short to hear anything. Press once to begin and once more to end."),
        "microphone_silent": _("Nothing was heard. Is the microphone switched on, and the right one chosen?"),
    }
