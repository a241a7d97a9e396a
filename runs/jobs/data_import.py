"""From an upload to a data set."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cases
from cases import tasks
from cases.base import UploadedFile, WorkDirs
from cases.dataset import Dataset, gone
from models.errors import N_, InputError
from models.progress import ProgressReporter
from models.storage import locks
from runs import outages, paths
from runs.kinds import JobResult
from runs.limits import processes
from runs.store import datasets, edits, records
from runs.store.records import Run
from runs.uploads import draft_files, originals, provenance
from runs.uploads.draft_files import DraftFile

MOST_KEPT = 256 * 2**20  # bytes of originals that stay with a data set; larger ones would take the disk twice


def read(run: Run, report: ProgressReporter) -> JobResult:
    """Read the uploads a run names, with the columns in its settings, onto the data set that is its subject, if any;
    the run then knows its data set."""
    report.phase("preparing")
    columns = run.settings.get("columns", {})
    uploads = records.uploads_of(run.owner, [asked["upload"] for asked in run.parts])
    parts, contents = [], []
    for asked in run.parts:
        upload, split, label = uploads[asked["upload"]], asked["split"], asked.get("label", "")
        parts.append(UploadedFile(paths.uploads() / upload.id, asked.get("name", upload.name), split, label))
        contents.append((upload.sha256, split, label))
    digest = digest_of(run.case, contents, [part.name for part in parts], columns, run.subject)
    try:
        with processes.named():
            before = _before(run, contents)
            tables = _look_at_tables(run, parts, columns, report)
            dataset = into_dataset(run.case, parts, digest, report, columns, before)
    except InputError as error:
        if not draft_files.exist(run.id):
            _remove(parts) if processes.is_too_much(error) else _give_up(run, parts)  # no other columns would help
        raise
    except Exception as error:  # stopped, or a bug: nobody comes back to files brought for this reading alone
        if outages.told(error) is None and not draft_files.exist(run.id):
            _remove(parts)
        raise
    provenance.note(digest, parts, contents, columns, run.subject)
    small = sum(part.path.stat().st_size for part in parts) <= MOST_KEPT
    if small or tables or any("refusal" in note for note in dataset.notes):
        originals.keep(run.id, digest, parts, contents)
    name = run.settings.get("name") or dataset.name
    fresh = datasets.add_version(run.owner, digest, run.case, name, run.settings.get("again") or run.subject)
    if fresh and run.subject:
        edits.copy(run.owner, run.subject, digest)
    return JobResult({"dataset": digest}, then=lambda: _settle(run, parts))


def _settle(run: Run, parts: Sequence[UploadedFile]) -> None:
    """What was uploaded is unpacked and kept as the data set's files."""
    _remove(parts)
    draft_files.settle(run.id)


def _before(run: Run, contents: Sequence[tuple[str, str, str]]) -> Dataset | None:
    """The data set that is added to.

    Raises:
        InputError: it is not there, or holds these files already, or has to be read again first.
    """
    if run.subject is None:
        return None
    row = records.dataset(run.subject, run.owner)
    dataset = datasets.opened(row) if row else None
    if row is None or dataset is None or not datasets.is_undamaged(row.id):
        raise InputError(
            found=N_("The data set to add to does not exist or was deleted."),
            expected=N_("Files can only be added to an existing data set."),
            remedy=N_("Upload the files as a new data set."),
        )
    if not datasets.is_current(dataset):
        raise InputError(
            found=N_("“{name}” was imported by an earlier version of Casebook."),
            expected=N_("Files can only be added to data imported in the same way."),
            remedy=N_("Open it, import it again, then add the files."),
            name=row.name,
        )
    known = {(part["sha256"], part["part"], part["class"]) for part in provenance.of(run.subject).parts}
    if known.issuperset(contents):
        raise InputError(
            found=N_("“{name}” already contains everything you added."),
            expected=N_("Added files must be new."),
            remedy=N_("Add other files."),
            name=row.name,
        )
    return dataset


def _look_at_tables(run: Run, parts: list[UploadedFile], columns: Mapping[str, str], report: ProgressReporter) -> bool:
    """Keep how the tables are understood, for a person to see; whether there are any.

    Raises:
        InputError: an archive is refused.
    """
    case = cases.get(run.case)
    if not case.columns:
        return False
    with tempfile.TemporaryDirectory(dir=paths.run(run.id)) as folder:
        seen = case.preview(parts, Path(folder), columns, report)
    originals.note(run.id, seen)
    return bool(originals.noted(run.id))


def _give_up(run: Run, parts: list[UploadedFile]) -> None:
    """The person has the original; where other columns may help it becomes a collection to go on with."""
    if not originals.noted(run.id):
        return _remove(parts)
    for asked, part in zip(run.parts, parts, strict=True):
        draft_files.add(run.id, DraftFile(asked["upload"], part.name, part.path.stat().st_size, part.label, part.split))


def _remove(parts: Sequence[UploadedFile]) -> None:
    for part in parts:
        part.path.unlink(missing_ok=True)


def into_dataset(
    case: str, parts: list[UploadedFile], digest: str, report: ProgressReporter, columns: Mapping[str, str] = {},
    before: Dataset | None = None,
) -> Dataset:  # fmt: skip
    """The data set of these files, read now unless the same content was read before and is whole."""
    folder = paths.datasets() / digest
    with locks.held(paths.lock(digest), report):
        if datasets.is_whole(digest, case) and datasets.is_undamaged(digest):
            return Dataset.open(folder)
        making = folder.with_suffix(".partial")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        try:
            cases.get(case).read(parts, WorkDirs(making, paths.cache()), digest, report, columns, before)
            shutil.rmtree(folder, ignore_errors=True)
            making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)  # unless it has its name by now
    return Dataset.open(folder)


def digest_of(
    case: str, contents: Sequence[tuple[str, str, str]], names: Sequence[str], columns: Mapping[str, str] = {},
    onto: str | None = None,
) -> str:  # fmt: skip
    """A name for what is read from this content: 16 hex digits over each file's SHA-256, the part it is for and its
    class, its name where it is one of several, for a table may call it by that, the columns a person chose, the case
    and the version of its reader, and the data set that it is added to."""
    told: list[tuple[Any, ...]] = [
        one if one[2] or len(contents) == 1 else (*one, name) for one, name in zip(contents, names, strict=True)
    ]
    if columns:
        told.append(tuple(sorted(columns.items())))
    told.append((case, cases.get(case).reader, onto))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dataset_of(run: Run) -> Dataset:
    """The data set a run works on, as its task takes it, with the edits that were there when it was queued.

    Raises:
        InputError: its files are gone or damaged.
    """
    digest = run.dataset
    if digest is None or not (datasets.is_whole(digest, run.case) and datasets.has_its_tables(digest)):
        raise gone()
    row, edited = records.dataset(digest, run.owner), {int(row): label for row, label in run.edits.items()}
    dataset = Dataset.open(datasets.folder(digest), edited)
    dataset = dataset.called(row.name) if row else dataset
    return tasks.seen(cases.get(run.case), dataset, run.settings)
