"""What a person brought: how its tables were understood, and the files themselves, so that they can be read again."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Mapping, Sequence

from cases.base import UploadedFile
from cases.dataset import gone
from cases.ingest.tables import previews
from cases.ingest.tables.previews import Preview
from cases.versions import link
from runs import paths
from runs.store import dataset_rows, records, upload_rows
from runs.uploads import provenance

_PREVIEW, _KEPT = "preview.json", "brought"


def note(run: str, seen: Sequence[Preview]) -> None:
    """How a reading understands the tables; it may fail yet."""
    previews.save(seen, paths.run(run) / _PREVIEW)


def noted(run: str) -> list[Preview]:
    """Those whose columns are known."""
    return [one for one in previews.load(paths.home() / "runs" / run / _PREVIEW) if one.columns]


def keep(run: str, digest: str, parts: Sequence[UploadedFile], contents: Sequence[tuple[str, str, str]]) -> None:
    """With the data set that the reading came to; `contents` as `provenance.note` takes them."""
    folder = paths.datasets() / digest
    (folder / _KEPT).mkdir(exist_ok=True)
    for part, (sha256, _split, _label) in zip(parts, contents, strict=True):
        link(part.path, folder / _KEPT / sha256)
    understood, known = paths.run(run) / _PREVIEW, folder / _PREVIEW
    if understood.exists() and not (known.exists() and filecmp.cmp(understood, known, shallow=False)):
        shutil.copyfile(understood, known)


def of(owner: str, digest: str) -> list[Preview]:
    """How the tables of a data set were understood; empty where they cannot be read again."""
    folder = paths.datasets() / digest
    return [one for one in previews.load(folder / _PREVIEW) if one.columns] if are_there(owner, digest) else []


def are_there(owner: str, digest: str) -> bool:
    """Whether every file that the owner's data set was read from is kept with it."""
    came = provenance.of(owner, digest).newest
    return bool(came) and all((paths.datasets() / digest / _KEPT / part["sha256"]).exists() for part in came)


def read_again(owner: str, digest: str, columns: Mapping[str, str] = {}) -> str:
    """Queue a reading, with these columns in place of those that were guessed or chosen before. It comes to the same
    data set, mended, or to its next version.

    The caller has asked `are_there`.

    Raises:
        InputError: the owner has no such data set, or no longer.
    """
    came, parts, row = provenance.of(owner, digest), [], dataset_rows.by_id(digest, owner)
    if row is None:
        raise gone()
    for kept in came.newest:
        upload = records.new_id()
        path = paths.uploads() / upload
        link(paths.datasets() / digest / _KEPT / kept["sha256"], path)
        upload_rows.add(owner, upload, kept["name"], path.stat().st_size, kept["sha256"])
        parts.append({"upload": upload, "name": kept["name"], "split": kept["part"], "label": kept["class"]})
    settings = {"columns": {**came.columns, **columns}, "again": digest}
    return records.create_run(owner, "read", row.case, row.name, parts=parts, settings=settings, subject=came.onto)
