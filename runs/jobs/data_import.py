"""From an upload to a data set."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
from runs.cluster import jobs
from runs.cluster.decoding import OnCluster
from runs.kinds import JobResult
from runs.limits import processes
from runs.store import confirmed_labels, dataset_rows, datasets, edits, objects, upload_rows
from runs.store.records import Run
from runs.uploads import draft_files, originals, provenance
from runs.uploads.draft_files import DraftFile

MOST_KEPT = 256 * 2**20  # bytes of originals that stay with a data set; larger ones would take the disk twice


def read(run: Run, report: ProgressReporter) -> JobResult:
    """Read the uploads a run names, with the columns in its settings, onto the data set that is its subject, if any;
    the run then knows its data set."""
    report.phase("preparing")
    columns = run.settings.get("columns", {})
    uploads = upload_rows.by_ids(run.owner, [asked["upload"] for asked in run.parts])
    parts, contents = [], []
    for asked in run.parts:
        upload, split, label = uploads[asked["upload"]], asked["split"], asked.get("label", "")
        parts.append(UploadedFile(paths.uploads() / upload.id, asked.get("name", upload.name), split, label))
        contents.append((upload.sha256, split, label))
    content = digest_of(run.case, contents, [part.name for part in parts], columns, run.subject)
    digest, parts = named(run.owner, content, parts)
    mine = dataset_rows.by_id(digest, run.owner) is not None
    ours = "sample" in run.settings and run.subject is None  # everyone has it: no secret

    def keep(dataset: Dataset) -> None:
        provenance.note(run.owner, digest, parts, contents, columns, run.subject)
        small = sum(part.path.stat().st_size for part in parts) <= MOST_KEPT
        if small or originals.noted(run.id) or any("refusal" in note for note in dataset.notes):
            originals.keep(run.id, digest, parts, contents)
        objects.owe(objects.of_dataset(digest))
        name, after = run.settings.get("name") or dataset.name, run.settings.get("again") or run.subject
        fresh = dataset_rows.add_version(run.owner, digest, run.case, name, after, content=content, sample=ours)
        if fresh and run.subject:
            edits.copy(run.owner, Dataset.open(datasets.folder(run.subject)), dataset)
            confirmed_labels.copy(run.owner, run.subject, digest)

    try:
        with processes.named():
            before = _before(run, contents)
            _look_at_tables(run, parts, columns, report)
            into_dataset(
                run.case, parts, digest, report, columns, before, owner=run.owner, anew=not (mine or ours), then=keep
            )
    except InputError as error:
        if not draft_files.exist(run.id):
            _remove(parts) if processes.is_too_much(error) else _give_up(run, parts)  # no other columns would help
        raise
    except Exception as error:  # stopped, or a bug: nobody comes back to files brought for this reading alone
        if outages.told(error) is None and not draft_files.exist(run.id):
            _remove(parts)
        raise
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
    row = dataset_rows.by_id(run.subject, run.owner)
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
    known = {(part["sha256"], part["part"], part["class"]) for part in provenance.of(run.owner, run.subject).parts}
    if known.issuperset(contents):
        raise InputError(
            found=N_("“{name}” already contains everything you added."),
            expected=N_("Added files must be new."),
            remedy=N_("Add other files."),
            name=row.name,
        )
    return dataset


def _look_at_tables(run: Run, parts: list[UploadedFile], columns: Mapping[str, str], report: ProgressReporter) -> None:
    """Keep how the tables are understood, for a person to see.

    Raises:
        InputError: an archive is refused.
    """
    case = cases.get(run.case)
    if not case.columns:
        return
    with tempfile.TemporaryDirectory(dir=paths.run(run.id)) as folder:
        seen = case.preview(parts, Path(folder), columns, report)
    originals.note(run.id, seen)


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
    before: Dataset | None = None, *, owner: str = "", anew: bool = False,
    then: Callable[[Dataset], None] = lambda dataset: None,
) -> Dataset:  # fmt: skip
    """The data set of these files, read now unless the same was read before and is whole.

    Args:
        owner: for whom it is read.
        anew: read it all the same; it is kept once for all, but who brings it must not see that another has it.
        then: what is done before anybody can delete it.
    """
    folder = paths.datasets() / digest
    making = folder.with_name(f"{digest}-{owner}.partial")
    with locks.held(paths.lock(making.stem), report):
        try:
            if anew or not _is_good(digest, case):
                shutil.rmtree(making, ignore_errors=True)
                making.mkdir()
                decoders = OnCluster(making) if jobs.address() else None
                place = WorkDirs(making, paths.cache(), decoders=decoders)
                cases.get(case).read(parts, place, digest, report, columns, before)
            with locks.held(paths.lock(digest), report):
                if not _is_good(digest, case):
                    shutil.rmtree(folder, ignore_errors=True)
                    making.rename(folder)
                dataset = Dataset.open(folder)
                then(dataset)
                return dataset
        finally:
            shutil.rmtree(making, ignore_errors=True)  # unless it has its name by now


def _is_good(digest: str, case: str) -> bool:
    return datasets.is_whole(digest, case) and datasets.is_undamaged(digest)


def named(owner: str, content: str, parts: list[UploadedFile]) -> tuple[str, list[UploadedFile]]:
    """The id of the data set that these files become, 16 hex digits, and the files as they are called in it.

    What is read shows the names of the files, so that the id is of both: two people share a folder only where they
    brought the same under the same names. Who has the content already goes on with that, under the names it has.

    Args:
        content: see `digest_of`.
    """
    names = [part.name for part in parts]
    fresh = hashlib.sha256(repr((content, names)).encode()).hexdigest()[:16]
    known = dataset_rows.of_content(owner, content)
    if known is None:
        return fresh, parts
    before = [part["name"] for part in provenance.of(owner, known.id).newest]
    if len(before) == len(parts):
        return known.id, [replace(part, name=name) for part, name in zip(parts, before, strict=True)]
    return known.id if known.id == content else fresh, parts  # the id of yesterday was of the content alone


def digest_of(
    case: str, contents: Sequence[tuple[str, str, str]], names: Sequence[str], columns: Mapping[str, str] = {},
    onto: str | None = None,
) -> str:  # fmt: skip
    """A name for this content: 16 hex digits over each file's SHA-256, the part it is for and its
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
        InputError: its owner has deleted it, or its files are gone or damaged.
    """
    row = dataset_rows.by_id(run.dataset, run.owner) if run.dataset else None
    if row is None or not (datasets.is_whole(row.id, run.case) and datasets.has_its_tables(row.id)):
        raise gone()
    edited = {int(row): label for row, label in run.edits.items()}
    dataset = Dataset.open(datasets.folder(row.id), edited).called(row.name)
    return tasks.seen(cases.get(run.case), dataset, run.settings)
