"""Things without labels: groups are found in them, a person names some, and goes on with the names as labels."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cases
from cases.base import Part, Place
from cases.groups import FOUND, Groups
from models.errors import InputError
from models.report import Report
from runs import files, pieces, queue, reading, store
from runs.store import Run

NAMES = "names.json"  # number of groups → what a person called each, "" where it is not taken


def begin(draft: Run) -> str:
    """Queue the finding of groups in the files of a collection, which is then no more; the id of that."""
    collected = pieces.of(draft.id)
    parts = [{"upload": piece.upload, "split": ""} for piece in collected]
    name = ", ".join(dict.fromkeys(piece.name for piece in collected))[:200]
    pieces.settle(draft.id)
    store.forget(draft.id)
    return store.create_run(draft.owner, "group", draft.case, name, parts=parts)


def group(run: Run, report: Report) -> None:
    """`parts` names the uploads; the groups are kept in the job's folder. Stopped work can be resumed."""
    report.phase("preparing")
    folder, uploads = files.run(run.id), store.uploads_of(run.owner, [asked["upload"] for asked in run.parts])
    parts = [Part(files.uploads() / asked["upload"], uploads[asked["upload"]].name) for asked in run.parts]
    try:
        groups = cases.get(run.case).group(parts, Place(folder, files.cache()), report)
    except InputError:
        _remove(parts)  # of no use to anyone; the person has the originals
        raise
    groups.save(folder)
    queue.end(run.id, "done", result={"items": len(groups.items), "suggested": groups.suggested})
    _remove(parts)


def _remove(parts: Sequence[Part]) -> None:
    for part in parts:
        part.path.unlink(missing_ok=True)


def of(run: Run) -> Groups | None:
    """None while they are not found."""
    folder = files.run(run.id)
    found = folder / FOUND
    return _open(folder, found.stat().st_mtime_ns) if run.status == "done" and found.exists() else None


@lru_cache(maxsize=4)
def _open(folder: Path, _written: int) -> Groups:
    return Groups.open(folder)


def names(run: Run, number: int) -> list[str] | None:
    """What a person called each of `number` groups; None where nothing was named yet."""
    return _named(run).get(str(number))


def keep_names(run: Run, number: int, names: Sequence[str]) -> None:
    path = files.run(run.id) / NAMES
    path.with_suffix(".partial").write_text(json.dumps({**_named(run), str(number): list(names)}), "utf-8")
    path.with_suffix(".partial").replace(path)


def _named(run: Run) -> dict[str, list[str]]:
    path = files.run(run.id) / NAMES
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def take(run: Run, number: int, names: Sequence[str]) -> str:
    """Queue the reading of the items as a data set whose labels are the `names` of their groups; the id of that.

    Groups of the same name become one class; those whose name is "" are not taken.
    """
    groups = of(run)
    labels = [names[group] or None for group in groups.of(number)]
    identity = store.new_id()
    path = files.uploads() / identity
    with TemporaryDirectory(dir=files.uploads(), suffix=".groups") as folder:
        part = cases.get(run.case).labelled(groups, labels, run.name, Path(folder))
        shutil.move(part.path, path)
    store.add_upload(run.owner, identity, part.name, path.stat().st_size, reading.sha256_of(path))
    parts = [{"upload": identity, "split": ""}]
    return store.create_run(run.owner, "read", run.case, part.name, parts=parts)
