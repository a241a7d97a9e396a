"""What nobody comes back to: files of runs that came to nothing, collections that were never read, links that have
ended, old backups."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sqlalchemy import Row, delete, func, select, update

from models.errors import N_
from runs import paths
from runs.backup import HEADER
from runs.retention.leftover import Leftover
from runs.store.database import engine, guesses, runs, shares
from runs.uploads import draft_files, drafts

GONE = N_("Checkpoints of this run were removed to save space; resuming starts from the beginning.")
TO_GO_ON = ("checkpoint-*", "stopped.safetensors*", "stop.json", "*.partial", "tmp*")  # of no use but for going on
BACKUPS = "backups"  # folder of the home in which backups are looked for


def of_failed_runs(before: float) -> Iterator[Leftover]:
    """Those that failed before this moment."""
    return _of_runs("failed", before)


def of_stopped_runs(before: float) -> Iterator[Leftover]:
    """Those that were stopped before this moment."""
    return _of_runs("stopped", before)


def _of_runs(status: str, before: float) -> Iterator[Leftover]:
    """Of a run that was evaluated, or has links, what it would go on with; of any other its whole folder. The row
    stays: why it failed can still be read."""
    old = (runs.c.status == status) & (runs.c.ended < before)
    with engine().connect() as db:
        rows = db.execute(select(runs.c.id, runs.c.kind, runs.c.ended, runs.c.result, runs.c.notes).where(old)).all()
        linked = set(db.execute(select(shares.c.run)).scalars())
        ahead = runs.c.status.in_(("queued", "running"))
        needed = set(db.execute(select(runs.c.subject).where(ahead)).scalars())  # by work that evaluates or explains it
    for row in rows:
        if row.id in needed:
            continue
        folder = paths.home() / "runs" / row.id
        kept = bool(row.result) or row.id in linked
        there = [path for name in TO_GO_ON for path in folder.glob(name)] if kept else _whole(folder, row.id)
        if there:
            yield Leftover(f"{row.kind} {row.id}", row.ended, there, partial(_note, row))


def _whole(folder: Path, identity: str) -> list[Path]:
    """Its folder and its log, as far as there is anything in them."""
    there = [folder] if folder.is_dir() and any(folder.iterdir()) else []
    return there + [log for log in [paths.logs() / f"{identity}.log"] if log.exists()]


def _note(row: Row) -> None:
    """Whoever resumes it is told why it begins anew."""
    told = {"message": GONE, "args": {}}
    if row.kind != "fine_tune" or told in (row.notes or []):
        return
    still = (runs.c.id == row.id) & runs.c.status.in_(("failed", "stopped"))
    with engine().begin() as db:
        db.execute(update(runs).where(still).values(notes=[*(row.notes or []), told]))


def drafts_never_read(before: float) -> Iterator[Leftover]:
    """Collections to which nothing was added since this moment."""
    with engine().connect() as db:
        rows = db.execute(select(runs.c.id, runs.c.owner, runs.c.created).where(runs.c.status == drafts.DRAFT)).all()
    for row in rows:
        since = max(row.created, draft_files.changed(row.id))
        if since < before:
            files = [paths.uploads() / piece.upload for piece in draft_files.of(row.id)]
            yield Leftover(f"draft {row.id}", since, files, partial(drafts.drop, row.owner, row.id))


def links_that_ended(before: float) -> Iterator[Leftover]:
    """Links that expired or were revoked before this moment."""
    ended = func.coalesce(shares.c.revoked, shares.c.expires)
    with engine().connect() as db:
        rows = db.execute(select(shares.c.id, shares.c.run, ended.label("ended")).where(ended < before)).all()
    for row in rows:
        yield Leftover(f"link {row.id} of {row.run}", row.ended, then=partial(_forget, row.id))


def _forget(share: str) -> None:
    with engine().begin() as db:
        db.execute(delete(guesses).where(guesses.c.share == share))
        db.execute(delete(shares).where(shares.c.id == share))


def old_backups(before: float) -> Iterator[Leftover]:
    """Backups in `backups/` of the home that were made before this moment; the newest stays, however old it is."""
    found = sorted((path for path in (paths.home() / BACKUPS).glob("*.tar") if _is_backup(path)), key=_made)
    for path in found[:-1]:
        if _made(path) < before:
            yield Leftover(f"{BACKUPS}/{path.name}", _made(path), [path])


def _made(path: Path) -> float:
    return path.stat().st_mtime


def _is_backup(path: Path) -> bool:
    try:
        with tarfile.open(path, "r:") as tar:
            first = tar.next()
    except (OSError, tarfile.TarError):
        return False
    return first is not None and first.name == HEADER
