"""Files collected one by one before they are read together: a `read` run that does not wait in the queue yet."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from sqlalchemy import select, update

from cases import limits
from cases.ingest import titles
from cases.ingest.labeled_files import of_folders
from cases.ingest.tables import ALL as TABLES
from models.errors import N_, InputError
from runs import paths
from runs.store import lifecycle, records, upload_rows
from runs.store.database import engine
from runs.store.records import Run
from runs.store.tables import runs
from runs.uploads import draft_files, provenance
from runs.uploads.class_names import cleaned
from runs.uploads.draft_files import DraftFile

_FEWER = N_("Add fewer files, or ask the administrator to raise {setting}.")
DRAFT = "draft"  # the status that no agent claims
KEPT = 7 * 24 * 3600  # seconds that a draft nobody goes on with is kept

changing = threading.Lock()  # held while it is decided what belongs to a collection; one process serves all


def begin(owner: str, case: str, onto: str | None = None) -> str:
    """`onto`: the data set that what is collected will be added to, and is meant for the same task as."""
    for old in _of(owner, before=time.time() - KEPT):
        drop(owner, old)
    settings = {"columns": dict(provenance.of(owner, onto).columns), "task": meant_for(owner, onto)} if onto else None
    return records.create_run(owner, "read", case, "", status=DRAFT, parts=[], subject=onto, settings=settings)


def find(owner: str, identity: str) -> Run | None:
    run = records.run(identity, owner)
    return run if run and run.status == DRAFT else None


def add(owner: str, identity: str, piece: DraftFile, sha256: str) -> bool:
    """Put a file into a collection; False where that is being read already, or is no longer there."""
    with changing:
        if find(owner, identity) is None:
            return False
        upload_rows.add(owner, piece.upload, piece.name, piece.bytes, sha256)
        draft_files.add(identity, piece)
    return True


def remove(owner: str, identity: str, which: Collection[str]) -> None:
    """Take uploads out of a collection that is not read yet; their files are deleted."""
    with changing:
        if find(owner, identity):
            draft_files.remove(identity, which)


def relabel(owner: str, identity: str, which: Collection[str], label: str) -> None:
    """Give uploads of a collection another class; "" for what their folder says."""
    with changing:
        if find(owner, identity):
            draft_files.relabel(identity, which, label)


def add_lines(owner: str, identity: str, lines: str, label: str, split: str) -> bool:
    """Put lines that were typed or pasted into a collection, as a file; False where nothing was added.

    Each line is a text of the class `label`; without one the lines are a table.
    """
    count = sum(bool(line.strip()) for line in lines.splitlines())
    if not count or find(owner, identity) is None:
        return False
    upload, content = records.new_id(), lines.encode()
    path, added = paths.uploads() / upload, False
    try:
        path.write_bytes(content)
        name = f"lines-{len(draft_files.of(identity)) + 1}.txt"
        piece = DraftFile(upload, name, len(content), cleaned(label), split, items=count)
        added = add(owner, identity, piece, hashlib.sha256(content).hexdigest())
    finally:
        if not added:
            path.unlink(missing_ok=True)
    return added


def unfinished(owner: str, case: str) -> str | None:
    """The newest collection of this owner with anything in it."""
    mine = (runs.c.owner == owner) & (runs.c.case == case) & (runs.c.status == DRAFT) & runs.c.stop.is_(None)
    with engine().connect() as db:
        rows = db.execute(select(runs.c.id).where(mine).order_by(runs.c.created.desc()).limit(20))
        return next((row.id for row in rows if draft_files.of(row.id)), None)


def read(owner: str, identity: str, columns: Mapping[str, str] = {}, task: str | None = None) -> None:
    """Queue it: from now on nothing can be added. `columns` as `Case.read` takes them; `task`: what it is meant for.

    Raises:
        InputError: it is empty, or holds more files than are read at once.
    """
    with changing:
        _read(owner, identity, columns, task)


def _read(owner: str, identity: str, columns: Mapping[str, str], task: str | None) -> None:
    collected = draft_files.of(identity)
    if not collected or len(collected) > limits.files():
        raise InputError(
            found=N_("{n} files were uploaded."),
            expected=N_("From 1 to {limit} files can be imported at once."),
            remedy=_FEWER if collected else N_("Add your files; zip them if there are many."),
            n=len(collected),
            limit=limits.files(),
            setting=limits.FILES,
        )
    collected.sort(key=lambda piece: (piece.split, piece.class_, piece.folder, piece.name))  # they come in any order
    tabled = any(PurePosixPath(piece.name).suffix.lower() in TABLES for piece in collected)
    testing = any(piece.split == "test" for piece in collected)
    parts = [_part(piece, tabled, testing) for piece in collected]
    now = time.time()
    fresh = dict(created=now, beat=now, started=None, ended=None, attempt=0, error=None, stop=None, notes=None)
    told = {"task": task, "name": _name(collected)}
    settings = {"columns": dict(columns), **{what: value for what, value in told.items() if value}}
    asked = {"settings": settings, "parts": parts, "name": _title(collected)}
    _change(owner, identity, (DRAFT,), status="queued", **asked, **fresh)


def meant_for(owner: str, dataset: str) -> str | None:
    """The task that these data were collected for, when they were last read; None where nobody said."""
    read = (runs.c.owner == owner) & (runs.c.kind == "read") & (runs.c.dataset == dataset)
    with engine().connect() as db:
        row = db.execute(select(runs.c.settings).where(read).order_by(runs.c.created.desc()).limit(1)).first()
    return (row.settings or {}).get("task") if row else None


def reopen(owner: str, identity: str) -> bool:
    """A reading that failed becomes a draft again, with its error; whether there was anything collected."""
    if draft_files.exist(identity):
        _change(owner, identity, ("failed", "stopped"), status=DRAFT)
    return draft_files.exist(identity)


def drop(owner: str, identity: str) -> None:
    with changing:
        if find(owner, identity):
            draft_files.forget([piece.upload for piece in draft_files.of(identity)])
            lifecycle.forget(identity)


def _part(piece: DraftFile, tabled: bool, testing: bool) -> dict[str, str]:
    """As a `read` run takes it; beside a table a folder's name is no class."""
    parts = of_folders(piece.folder.split("/"))[1] if piece.folder else []
    split = piece.split or (parts[0] if parts else "") or ("train" if testing else "")
    name = f"{piece.folder}/{piece.name}" if piece.folder and tabled else piece.name
    return {"upload": piece.upload, "name": name, "split": split, "label": piece.label if tabled else piece.class_}


def _title(collected: Sequence[DraftFile]) -> str:
    names = [piece.class_ or piece.name for piece in collected]
    return ", ".join(dict.fromkeys(names))[:200]


def _name(collected: Sequence[DraftFile]) -> str:
    """That of the folder which everything lies in, where it says something and is no class itself; else ""."""
    folders = [PurePosixPath(piece.folder).parts for piece in collected]
    tops = {parts[0] if parts else "" for parts in folders}
    top = tops.pop() if len(tops) == 1 and max(map(len, folders)) > 1 else ""
    return top if top and of_folders([top])[0] and not titles.says_nothing(top) else ""


def _of(owner: str, before: float) -> list[str]:
    mine = (runs.c.owner == owner) & (runs.c.status == DRAFT) & (runs.c.created < before)
    with engine().connect() as db:
        return [row.id for row in db.execute(select(runs.c.id).where(mine))]


def _change(owner: str, identity: str, those: Sequence[str], **values: object) -> None:
    mine = (runs.c.id == identity) & (runs.c.owner == owner) & runs.c.status.in_(those)
    with engine().begin() as db:
        db.execute(update(runs).where(mine).values(**values))
