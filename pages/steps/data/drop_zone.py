"""The place to drop files, with its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cases.base import Case
from pages.components import upload
from pages.components.microphone import microphone
from pages.shared import address, i18n, owner, session
from pages.shared.i18n import _
from pages.shared.upload_options import UploadOptions
from pages.steps.data import import_progress
from runs import tokens
from runs.api.uploads import MOST_BYTES


def anything(case: Case, ways: UploadOptions) -> None:
    """What brings its own classes is read at once where it comes alone; everything else begins a collection."""
    key = f"{case.name}_upload"
    words = {"title": _("Drop your data here"), "hint": ways.hint, "choose": _("Choose a file"),
             "another": _("Choose another file")}  # fmt: skip
    _zone(case, ways, key=key, words=words, on_uploaded=lambda: _arrived(key))


def into_collection(case: Case, ways: UploadOptions, draft: str, classes: Sequence[str], split: str) -> None:
    """Draw the zone whose files join the collection `draft`, each with the class typed beside it."""
    words = {"title": ways.drop, "hint": ways.drop_hint, "label_hint": ways.example, "choose": _("Choose files"),
             "another": _("Choose more files"), **ways.words}  # fmt: skip
    _zone(case, ways, key=f"{case.name}_into_{draft}", words=words, on_uploaded=lambda: None, draft=draft,
          classes=classes if ways.items else None, split=split, folders=True, camera=ways.camera,
          microphone=ways.microphone)  # fmt: skip


def _arrived(key: str) -> None:
    answer = session.told(key, "uploaded", dict) or {}
    if isinstance(run := answer.get("run"), str):
        import_progress.begin(run)
    elif isinstance(draft := answer.get("draft"), str):
        address.change(draft=draft, data=None, run=None, read=None)


def _zone(
    case: Case, ways: UploadOptions, *, key: str, words: dict[str, str], on_uploaded: Callable[[], None], **more: object
) -> None:
    upload.zone(
        url="/api/upload",
        token=tokens.sign("upload", owner=owner.current(), case=case.name),
        accept=ways.accept,
        many=True,
        alone=ways.alone,
        labelled=ways.items,
        words={**_words(), **words},
        language=i18n.current(),
        max_bytes=MOST_BYTES,
        advice=ways.advice,
        key=key,
        on_uploaded=on_uploaded,
        **more,
    )


def alone(accept: str, *, token: str, words: dict[str, str], key: str, on_uploaded: Callable[[], None]) -> None:
    """For one file, of these endings, that is not data to learn from; `token` says what is done with it."""
    upload.zone(
        url="/api/upload", token=token, accept=accept, alone=accept, words={**_words(), **words},
        language=i18n.current(), max_bytes=MOST_BYTES, key=key, on_uploaded=on_uploaded,
    )  # fmt: skip


def _words() -> dict[str, str]:
    return {
        "folder": _("Choose a folder"),
        "label": _("Class"),
        "label_first": _("Type the class first."),
        "camera": _("Use the camera"),
        "camera_close": _("Close the camera"),
        "shoot": _("Take a picture"),
        "camera_denied": _("The browser may not use the camera. Allow it beside the address of this page."),
        "camera_none": _("No camera was found, or another program is using it."),
        "camera_unsafe": _("Browsers give the camera only to pages that come over https, or from this computer."),
        **microphone(),
        "too_large": _("“{name}” is {size}; the upload limit is {limit}. Split it or reduce its contents."),
        "wrong_kind": _("“{name}” is not a supported file type. Zip the data in a folder and drop the zip here."),
        "files": _("{n} of {total} files"),
        "sent": _("{n} of {total}"),
        "left": _("{time} left"),
        "checking": _("Uploaded; the server is checking."),
        "cancel": _("Cancel"),
        "cancelled": _("Cancelled. No files were kept."),
        "stopped": _("Cancelled. The files uploaded so far are kept."),
        "uploaded": _("“{name}” is uploaded."),
        "arrived": _("{n} files are uploaded."),
        "left_out": _("Skipped files of other types: {n}."),
        "failed": _("The server did not accept the file. Try again, or reload the page."),
        "lost": _("The connection was lost while uploading. Check it and try again."),
        "again": _("Try again"),
    }
