"""The place to drop files, with its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from cases import limits
from cases.base import Case
from cases.ingest.labeled_files import folder_parts
from models.errors import InputError
from pages.components import upload
from pages.components.microphone import microphone
from pages.shared import address, durations, i18n, owner, session
from pages.shared.i18n import _
from pages.shared.upload_options import ARCHIVES, UploadOptions
from pages.steps import storage_left
from pages.steps.data import import_progress
from runs.limits import allowances
from runs.uploads import drafts


def anything(case: Case, ways: UploadOptions, *, leads: bool) -> None:
    """What brings its own classes is read at once where it comes alone; everything else begins a collection.

    Args:
        leads: whether nothing else on the page is to be done first.
    """
    key = f"{case.name}_upload"
    words = {"title": _("Drop your training data here"), "hint": ways.hint, "choose": _("Choose a file"),
             "another": _("Choose another file"), **_plan()}  # fmt: skip
    _zone(case, ways, key=key, words=words, on_uploaded=lambda: _arrived(key), leads=leads, pair=True,
          parts=folder_parts())  # fmt: skip


def into_collection(
    case: Case, ways: UploadOptions, draft: str, classes: Sequence[str], split: str, *, leads: bool
) -> None:
    """Draw the zone whose files join the collection `draft`, each with the class typed beside it."""
    words = {"title": ways.drop, "hint": ways.drop_hint, "label_hint": ways.example, "choose": _("Choose files"),
             "another": _("Choose more files"), "limits": _limits() if _limited() else "",
             **ways.words}  # fmt: skip
    _zone(case, ways, key=f"{case.name}_into_{draft}", words=words, on_uploaded=lambda: None, draft=draft,
          classes=classes if ways.items else None, split=split, folders=True, camera=ways.camera,
          microphone=ways.microphone, leads=leads)  # fmt: skip


def _arrived(key: str) -> None:
    answer = session.told(key, "uploaded", dict) or {}
    if isinstance(run := answer.get("run"), str):
        import_progress.begin(run)
    elif isinstance(draft := answer.get("draft"), str):
        _collected(draft, read=answer.get("read") is True)


def _collected(draft: str, *, read: bool) -> None:
    """`read`: it is whole, as training data and their test file are, and is read at once."""
    if read and drafts.find(owner.current(), draft):
        try:
            drafts.read(owner.current(), draft)
        except InputError as error:  # the collection tells of it, too
            st.toast(i18n.of(error), icon=":material/error:")
        else:
            return import_progress.begin(draft)
    address.change(draft=draft, data=None, run=None, read=None)


def _zone(
    case: Case, ways: UploadOptions, *, key: str, words: dict[str, Any], on_uploaded: Callable[[], None], **more: object
) -> None:
    upload.zone(
        url=address.of_route("/api/upload"),
        token=owner.sign("upload", case=case.name),
        accept=ways.accept,
        many=True,
        page=True,
        tables=ways.tables,
        alone=ways.alone,
        labelled=ways.items,
        words={**_words(), **words},
        language=i18n.current(),
        **_most(),
        advice=ways.advice,
        key=key,
        on_uploaded=on_uploaded,
        **more,
    )


def alone(
    accept: str, *, token: str, words: dict[str, str], key: str, on_uploaded: Callable[[], None], loose: str = "",
    leads: bool = False,
) -> None:  # fmt: skip
    """For what is not data to learn from, and is sent as one file; `token` says what is done with it.

    Args:
        accept: endings of files that hold many things.
        loose: endings of files that hold one thing each.
    """
    upload.zone(
        url=address.of_route("/api/upload"), token=token, accept=",".join(filter(None, (accept, loose))), alone=accept,
        archives=ARCHIVES, folders=True, words={**_words(), **words}, language=i18n.current(), key=key,
        on_uploaded=on_uploaded, leads=leads, **_most(),
    )  # fmt: skip


def _most_of_a_file() -> int:
    most = limits.upload_bytes()
    return min(most, allowances.of(owner.current()).upload or most)


def _limits() -> str:
    return storage_left.sentence(_most_of_a_file())


def _limited() -> bool:
    """Whether the host has said anything about the size of uploads."""
    allowed = allowances.of(owner.current())
    return allowed.upload is not None or allowed.storage is not None


def _most() -> dict[str, Any]:
    """What is refused before a byte of it is sent."""
    return {"max_bytes": _most_of_a_file(), "room": allowances.room(owner.current()), "on_full": storage_left.refuse}


def _plan() -> dict[str, Any]:
    """What is said of files before they are sent."""
    return {
        "limits": i18n.together(_limits(), _("RAR and 7z archives are not supported.")),
        "test_title": _("Test file (optional)"),
        "test_hint": _("In the same format as the training data. Without one, part of the training data is held out "
                       "for testing."),
        "test": _("Choose a test file"),
        "train_name": _("Training data"),
        "test_name": _("Test file"),
        "train_next": _("Now choose the training data."),
        "read": _("Upload and import"),
        "clear": _("Clear"),
        "parts": {"train": _("Training"), "validation": _("Validation"), "test": _("Test")},
        "plan_classes": _("Classes: {n}, files: {files}"),
        "plan_more": _("… and {n} more"),
        "plan_others": _("Skipped, other file types: {n}"),
        "plan_later": _("Its contents are shown after import."),
        "plan_no_zip": _("This is not a readable zip and will be rejected."),
        "plan_encrypted": _("It is encrypted and will be rejected. Zip it without a password."),
        "plan_nothing": _("It contains no supported files and will be rejected."),
        "plan_loose": _("Skipped, not in a class folder: {n}"),
        "plan_one_class": _("It holds one class only and will be rejected: at least two are needed."),
    }  # fmt: skip


def _words() -> dict[str, Any]:
    return {
        "folder": _("Choose a folder"),
        "label": _("Class"),
        "label_first": _("Type the class first."),
        "camera": _("Use the camera"),
        "camera_close": _("Close the camera"),
        "shoot": _("Take a picture"),
        "camera_denied": _("Camera access is blocked. Allow it in the address bar."),
        "camera_none": _("No camera was found, or another program is using it."),
        "camera_unsafe": _("Browsers allow the camera only over https or on this computer."),
        **microphone(),
        "too_large": _("“{name}” is {size}; the upload limit is {limit}. Split it or reduce its contents."),
        "no_room": _(
            "The files have {size}, but only {left} is left. Delete data sets or runs that you no longer need."
        ),
        "wrong_kind": _("“{name}” is not a supported file type. Zip the data in a folder and drop the zip here."),
        "one_file": _("One test file is taken here. Zip several files and drop the zip."),
        "archive_alone": _("Drop one archive by itself, or files without an archive."),
        "files": _("{n} of {total} files"),
        "sent": _("{n} of {total}"),
        "left": _("{time} left"),
        "durations": durations.words(),
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
