"""What a person brought: how its tables were understood, and the files themselves, so that they can be read again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence

from cases import previews
from cases.base import Part
from cases.previews import Preview
from cases.versions import link
from runs import files, origin, store

_PREVIEW, _KEPT = "preview.json", "brought"


def note(run: str, seen: Sequence[Preview]) -> None:
    """How a reading understands the tables; it may fail yet."""
    previews.save(seen, files.run(run) / _PREVIEW)


def noted(run: str) -> list[Preview]:
    """Those whose columns are known."""
    return [one for one in previews.load(files.home() / "runs" / run / _PREVIEW) if one.columns]


def keep(run: str, digest: str, parts: Sequence[Part], contents: Sequence[tuple[str, str, str]]) -> None:
    """With the data set that the reading came to; `contents` as `origin.note` takes them."""
    folder = files.datasets() / digest
    (folder / _KEPT).mkdir(exist_ok=True)
    for part, (sha256, _split, _label) in zip(parts, contents, strict=True):
        link(part.path, folder / _KEPT / sha256)
    if (files.run(run) / _PREVIEW).exists():
        shutil.copyfile(files.run(run) / _PREVIEW, folder / _PREVIEW)


def of(digest: str) -> list[Preview]:
    """How the tables of a data set were understood; empty where they cannot be read again."""
    folder = files.datasets() / digest
    return [one for one in previews.load(folder / _PREVIEW) if one.columns] if are_there(digest) else []


def are_there(digest: str) -> bool:
    """Whether every file that the data set was read from is kept with it."""
    came = origin.of(digest).newest
    return bool(came) and all((files.datasets() / digest / _KEPT / part["sha256"]).exists() for part in came)


def read_again(owner: str, digest: str, columns: Mapping[str, str] = {}) -> str:
    """Queue a reading, with these columns in place of those that were guessed or chosen before. It comes to the same
    data set, mended, or to its next version.

    The caller has asked `are_there`, and whether the owner may see the data set.
    """
    came, parts, row = origin.of(digest), [], store.dataset(digest, owner)
    for kept in came.newest:
        upload = store.new_id()
        path = files.uploads() / upload
        link(files.datasets() / digest / _KEPT / kept["sha256"], path)
        store.add_upload(owner, upload, kept["name"], path.stat().st_size, kept["sha256"])
        parts.append({"upload": upload, "name": kept["name"], "split": kept["part"], "label": kept["class"]})
    settings = {"columns": {**came.columns, **columns}, "again": digest}
    return store.create_run(owner, "read", row.case, row.name, parts=parts, settings=settings, subject=came.onto)
