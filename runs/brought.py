"""The tables a person brought: how they were understood, and the files themselves, so that they can be read again with
other columns."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from cases import previews
from cases.base import Part
from cases.previews import Preview
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
        _also(part.path, folder / _KEPT / sha256)
    shutil.copyfile(files.run(run) / _PREVIEW, folder / _PREVIEW)


def of(digest: str) -> list[Preview]:
    """How the tables of a data set were understood; empty where they are not kept."""
    folder = files.datasets() / digest
    return [one for one in previews.load(folder / _PREVIEW) if one.columns] if (folder / _KEPT).exists() else []


def read_again(owner: str, digest: str, columns: Mapping[str, str]) -> str:
    """Queue a reading with these columns in place of those that were guessed or chosen before.

    The caller has asked whether the owner may see the data set.
    """
    came, parts = origin.of(digest), []
    for kept in came.parts:
        upload = store.new_id()
        path = files.uploads() / upload
        _also(files.datasets() / digest / _KEPT / kept["sha256"], path)
        store.add_upload(owner, upload, kept["name"], path.stat().st_size, kept["sha256"])
        parts.append({"upload": upload, "name": kept["name"], "split": kept["part"], "label": kept["class"]})
    case, name = store.dataset(digest, owner).case, came.parts[0]["name"]
    settings = {"columns": {**came.columns, **columns}}
    return store.create_run(owner, "read", case, name, parts=parts, settings=settings)


def _also(source: Path, target: Path) -> None:
    """The same bytes under another name, without a copy where the disk can do so."""
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
