"""Things without labels: groups are found in them, a person names some, and goes on with the names as labels."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cases
from cases.base import UploadedFile, WorkDirs
from cases.clusters import FOUND, ITEMS, Groups
from models.errors import N_, InputError
from models.progress import ProgressReporter
from models.storage import checksums
from runs import paths
from runs.jobs import data_import
from runs.kinds import JobResult
from runs.limits import processes
from runs.store import lifecycle, records, upload_rows
from runs.store.records import Run
from runs.uploads import draft_files, drafts

NOTED = "checksums.json"
NAMES = "names.json"  # number of groups → what a person called each, "" where it is not taken


def begin(draft: Run) -> str:
    """Queue the finding of groups in the files of a collection, which is then no more; the id of that."""
    with drafts.changing:
        collected = draft_files.of(draft.id)
        draft_files.settle(draft.id)
        lifecycle.forget(draft.id)
    parts = [{"upload": piece.upload, "split": ""} for piece in collected]
    name = ", ".join(dict.fromkeys(piece.name for piece in collected))[:200]
    return records.create_run(draft.owner, "cluster", draft.case, name, parts=parts)


def group(run: Run, report: ProgressReporter) -> JobResult:
    """`parts` names the uploads; the groups are kept in the job's folder. Stopped work can be resumed."""
    report.phase("preparing")
    folder, uploads = paths.run(run.id), upload_rows.by_ids(run.owner, [asked["upload"] for asked in run.parts])
    parts = [UploadedFile(paths.uploads() / asked["upload"], uploads[asked["upload"]].name) for asked in run.parts]
    try:
        with processes.named():
            groups = cases.get(run.case).clusters().group(parts, WorkDirs(folder, paths.cache()), report)
    except InputError:
        _remove(parts)  # of no use to anyone; the person has the originals
        raise
    groups.save(folder)
    note(folder)
    result = {"items": len(groups.items), "suggested": groups.suggested}
    return JobResult({"result": result}, then=lambda: _remove(parts))


def note(folder: Path) -> None:
    """Keep the checksums of the groups in a job's `folder`."""
    checksums.note(folder / NOTED, folder, [folder / ITEMS, folder / FOUND])


def _remove(parts: Sequence[UploadedFile]) -> None:
    for part in parts:
        part.path.unlink(missing_ok=True)


def of(run: Run) -> Groups | None:
    """None while they are not found.

    Raises:
        InputError: they are damaged, so that whatever is shown of them would be wrong.
    """
    if run.status != "done":
        return None
    folder = paths.run(run.id)
    found = folder / FOUND
    if checksums.changed(folder / NOTED, folder):
        raise InputError(
            found=N_("The clusters cannot be shown: their file is missing or damaged."),
            expected=N_("The file must be exactly as clustering saved it."),
            remedy=N_("Upload the texts again and cluster them."),
        )
    return _open(folder, found.stat().st_mtime_ns) if found.exists() else None


@lru_cache(maxsize=4)
def _open(folder: Path, _written: int) -> Groups:
    return Groups.open(folder)


def names(run: Run, number: int) -> list[str] | None:
    """What a person called each of `number` groups; None where nothing was named yet."""
    return _named(run).get(str(number))


def keep_names(run: Run, number: int, names: Sequence[str]) -> None:
    path = paths.run(run.id) / NAMES
    path.with_suffix(".partial").write_text(json.dumps({**_named(run), str(number): list(names)}), "utf-8")
    path.with_suffix(".partial").replace(path)


def _named(run: Run) -> dict[str, list[str]]:
    path = paths.run(run.id) / NAMES
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def take(run: Run, number: int, names: Sequence[str]) -> str:
    """Queue the reading of the items as a data set whose labels are the `names` of their groups; the id of that.

    Groups of the same name become one class; those whose name is "" are not taken.
    """
    groups = of(run)
    if groups is None:
        raise ValueError(f"The groups of the run {run.id!r} are not found yet.")
    labels = [names[group] or None for group in groups.of(number)]
    identity = records.new_id()
    path = paths.uploads() / identity
    with TemporaryDirectory(dir=paths.uploads(), suffix=".groups") as folder:
        part = cases.get(run.case).clusters().labelled(groups, labels, run.name, Path(folder))
        shutil.move(part.path, path)
    upload_rows.add(run.owner, identity, part.name, path.stat().st_size, data_import.sha256_of(path))
    parts = [{"upload": identity, "split": ""}]
    return records.create_run(run.owner, "read", run.case, run.name, parts=parts)
