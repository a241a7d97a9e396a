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
from runs import brought, datasets, edits, files, origin, pieces, queue, store
from runs.pieces import Piece
from runs.store import Run

MOST_KEPT = 256 * 2**20  # bytes of originals that stay with a data set; larger ones would take the disk twice


def read(run: Run, report: Report) -> None:
    """Read the uploads a run names, with the columns in its settings, onto the data set that is its subject, if any;
    the run then knows its data set."""
    report.phase("preparing")
    settings = run.settings or {}
    columns = settings.get("columns", {})
    uploads = store.uploads_of(run.owner, [asked["upload"] for asked in run.parts])
    parts, contents = [], []
    for asked in run.parts:
        upload, split, label = uploads[asked["upload"]], asked["split"], asked.get("label", "")
        parts.append(Part(files.uploads() / upload.id, asked.get("name", upload.name), split, label))
        contents.append((upload.sha256, split, label))
    digest = digest_of(run.case, contents, [part.name for part in parts], columns, run.subject)
    try:
        before = _before(run, contents)
        tables = _look_at_tables(run, parts, columns, report)
        dataset = into_dataset(run.case, parts, digest, report, columns, before)
    except InputError:
        if not pieces.exist(run.id):
            _give_up(run, parts)
        raise
    origin.note(digest, parts, contents, columns, run.subject)
    small = sum(part.path.stat().st_size for part in parts) <= MOST_KEPT
    if small or tables or any("refusal" in note for note in dataset.notes):
        brought.keep(run.id, digest, parts, contents)
    name = settings.get("name") or dataset.name
    fresh = datasets.add_version(run.owner, digest, run.case, name, settings.get("again") or run.subject)
    if fresh and run.subject:
        edits.copy(run.owner, run.subject, digest)
    queue.end(run.id, "done", dataset=digest)
    _remove(parts)  # unpacked and kept as the data set's files
    pieces.settle(run.id)


def _before(run: Run, contents: Sequence[tuple[str, str, str]]) -> Dataset | None:
    """The data set that is added to.

    Raises:
        InputError: it is not there, or holds these files already, or has to be read again first.
    """
    if run.subject is None:
        return None
    row = store.dataset(run.subject, run.owner)
    dataset = datasets.opened(row) if row else None
    if dataset is None:
        raise InputError(
            found=N_("The data that these files were to be added to are not, or no longer, there."),
            expected=N_("Files are added to data that are on the server."),
            remedy=N_("Bring the files as data of their own."),
        )
    if not datasets.is_current(dataset):
        raise InputError(
            found=N_("“{name}” was read by an earlier version of Casebook."),
            expected=N_("Files are added to data that were read in the same way."),
            remedy=N_("Open it, have it read again, and add the files to that."),
            name=row.name,
        )
    known = {(part["sha256"], part["part"], part["class"]) for part in origin.of(run.subject).parts}
    if known.issuperset(contents):
        raise InputError(
            found=N_("Everything you add is in “{name}” already."),
            expected=N_("What is added was not brought before."),
            remedy=N_("Add other files."),
            name=row.name,
        )
    return dataset


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


def into_dataset(
    case: str, parts: list[Part], digest: str, report: Report, columns: Mapping[str, str] = {},
    before: Dataset | None = None,
) -> Dataset:  # fmt: skip
    """The data set of these files, read now unless the same content was read before and is whole."""
    folder = files.datasets() / digest
    if not datasets.is_whole(digest, case):
        making = folder.with_suffix(".partial")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        try:
            cases.get(case).read(parts, Place(making, files.cache()), digest, report, columns, before)
        except InputError:
            shutil.rmtree(making)
            raise
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    return Dataset.open(folder)


def digest_of(
    case: str, contents: Sequence[tuple[str, str, str]], names: Sequence[str], columns: Mapping[str, str] = {},
    onto: str | None = None,
) -> str:  # fmt: skip
    """A name for what is read from this content: 16 hex digits over each file's SHA-256, the part it is for and its
    class, its name where it is one of several, for a table may call it by that, the columns a person chose, the case
    and the version of its reader, and the data set that it is added to."""
    told = [one if one[2] or len(contents) == 1 else (*one, name) for one, name in zip(contents, names, strict=True)]
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
        InputError: its files are gone.
    """
    if not datasets.is_whole(str(run.dataset), run.case):
        raise InputError(
            found=N_("The data of this run is no longer there."),
            expected=N_("A run needs the data it was started with."),
            remedy=N_("Upload the same file again, then resume."),
        )
    row, edited = store.dataset(run.dataset, run.owner), {int(row): label for row, label in (run.edits or {}).items()}
    dataset = Dataset.open(datasets.folder(run.dataset), edited)
    dataset = dataset.called(row.name) if row else dataset
    return tasks.seen(cases.get(run.case), dataset, run.settings or {})
