"""From an upload to a data set."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import cases
from cases.base import Part
from cases.dataset import Dataset
from models.errors import N_, InputError
from models.report import Report
from runs import files, origin, pieces, queue, store
from runs.store import Run


def read(run: Run, report: Report) -> None:
    """Read the uploads a run names; the run then knows its data set."""
    report.phase("preparing")
    uploads = store.uploads_of(run.owner, [asked["upload"] for asked in run.parts])
    parts, contents = [], []
    for asked in run.parts:
        upload, split, label = uploads[asked["upload"]], asked["split"], asked.get("label", "")
        parts.append(Part(files.uploads() / upload.id, asked.get("name", upload.name), split, label))
        contents.append((upload.sha256, split, label))
    digest = digest_of(contents, [part.name for part in parts])
    try:
        dataset = into_dataset(run.case, parts, digest, report)
    except InputError:
        if not pieces.exist(run.id):
            _remove(parts)  # of no use to anyone; the person has the original, unlike a collection
        raise
    origin.note(digest, parts, contents)
    store.add_dataset(run.owner, digest, run.case, dataset.name, sample=False)
    queue.end(run.id, "done", dataset=digest)
    _remove(parts)  # unpacked and kept as the data set's files
    pieces.settle(run.id)


def _remove(parts: list[Part]) -> None:
    for part in parts:
        part.path.unlink(missing_ok=True)


def into_dataset(case: str, parts: list[Part], digest: str, report: Report) -> Dataset:
    """The data set of these files, read now unless the same content was read before."""
    folder = files.datasets() / digest
    if not folder.exists():
        making = folder.with_suffix(".partial")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        try:
            cases.get(case).read(parts, making, digest, report)
        except InputError:
            shutil.rmtree(making)
            raise
        making.rename(folder)
    return Dataset.open(folder)


def digest_of(contents: Sequence[tuple[str, str, str]], names: Sequence[str]) -> str:
    """A name for this content: 16 hex digits over each file's SHA-256, the part it is for and its class, and its name
    where it is one of several, for a table may call it by that."""
    told = [one if one[2] or len(contents) == 1 else (*one, name) for one, name in zip(contents, names, strict=True)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dataset_of(run: Run) -> Dataset:
    """The data set a run works on, with the edits that were there when it was queued.

    Raises:
        InputError: its files are gone.
    """
    folder = files.datasets() / str(run.dataset)
    if not (folder / "facts.json").exists():
        raise InputError(
            found=N_("The data of this run is no longer there."),
            expected=N_("A run needs the data it was started with."),
            remedy=N_("Upload the same file again, then resume."),
        )
    return Dataset.open(folder, {int(sample): label for sample, label in (run.edits or {}).items()})
