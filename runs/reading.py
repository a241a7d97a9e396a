"""From an upload to a data set."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import cases
from cases import tasks
from cases.base import Part, Place
from cases.dataset import Dataset
from models.errors import N_, InputError
from models.report import Report
from runs import brought, files, origin, pieces, queue, store
from runs.pieces import Piece
from runs.store import Run


def read(run: Run, report: Report) -> None:
    """Read the uploads a run names, with the columns in its settings; the run then knows its data set."""
    report.phase("preparing")
    columns = (run.settings or {}).get("columns", {})
    uploads = store.uploads_of(run.owner, [asked["upload"] for asked in run.parts])
    parts, contents = [], []
    for asked in run.parts:
        upload, split, label = uploads[asked["upload"]], asked["split"], asked.get("label", "")
        parts.append(Part(files.uploads() / upload.id, asked.get("name", upload.name), split, label))
        contents.append((upload.sha256, split, label))
    digest = digest_of(contents, [part.name for part in parts], columns)
    try:
        tables = _look_at_tables(run, parts, columns, report)
        dataset = into_dataset(run.case, parts, digest, report, columns)
    except InputError:
        if not pieces.exist(run.id):
            _give_up(run, parts)
        raise
    origin.note(digest, parts, contents, columns)
    if tables or any("refusal" in note for note in dataset.notes):
        brought.keep(run.id, digest, parts, contents)
    store.add_dataset(run.owner, digest, run.case, dataset.name, sample=False)
    queue.end(run.id, "done", dataset=digest)
    _remove(parts)  # unpacked and kept as the data set's files
    pieces.settle(run.id)


def _look_at_tables(run: Run, parts: list[Part], columns: Mapping[str, str], report: Report) -> bool:
    """Keep how the tables are understood, for a person to see; whether there are any.

    Raises:
        InputError: an archive is refused.
    """
    case = cases.get(run.case)
    if not case.columns:
        return False
    with tempfile.TemporaryDirectory(dir=files.run(run.id)) as folder:
        seen = case.preview(parts, Path(folder), columns, report)
    brought.note(run.id, seen)
    return bool(brought.noted(run.id))


def _give_up(run: Run, parts: list[Part]) -> None:
    """The person has the original; where other columns may help it becomes a collection to go on with."""
    if not brought.noted(run.id):
        return _remove(parts)
    for asked, part in zip(run.parts, parts, strict=True):
        pieces.add(run.id, Piece(asked["upload"], part.name, part.path.stat().st_size, part.label, part.split))


def _remove(parts: list[Part]) -> None:
    for part in parts:
        part.path.unlink(missing_ok=True)


def into_dataset(case: str, parts: list[Part], digest: str, report: Report, columns: Mapping[str, str] = {}) -> Dataset:
    """The data set of these files, read now unless the same content was read before."""
    folder = files.datasets() / digest
    if not folder.exists():
        making = folder.with_suffix(".partial")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        try:
            cases.get(case).read(parts, Place(making, files.cache()), digest, report, columns)
        except InputError:
            shutil.rmtree(making)
            raise
        making.rename(folder)
    return Dataset.open(folder)


def digest_of(contents: Sequence[tuple[str, str, str]], names: Sequence[str], columns: Mapping[str, str] = {}) -> str:
    """A name for this content: 16 hex digits over each file's SHA-256, the part it is for and its class, its name where
    it is one of several, for a table may call it by that, and the columns a person chose."""
    told = [one if one[2] or len(contents) == 1 else (*one, name) for one, name in zip(contents, names, strict=True)]
    if columns:
        told.append(tuple(sorted(columns.items())))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dataset_of(run: Run) -> Dataset:
    """The data set a run works on, as its task takes it, with the edits that were there when it was queued.

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
    dataset = Dataset.open(folder, {int(sample): label for sample, label in (run.edits or {}).items()})
    return tasks.seen(cases.get(run.case), dataset, run.settings or {})
