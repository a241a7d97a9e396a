"""Bytes that nobody waits for any more: of uploads that broke off, and of readings that were ended by force."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import delete, select

from runs import paths
from runs.backup import kept
from runs.kinds import KINDS
from runs.store.database import engine
from runs.store.records import Run
from runs.store.tables import runs, uploads
from runs.uploads import draft_files, drafts

STILL = 600.0  # seconds that nothing was written to a file for which there is no work, before it is removed
_AHEAD = (drafts.DRAFT, "queued", "running")


def sweep() -> None:
    """Remove what lies in `uploads/` and no work needs, and data sets and backups that were not made to their end.

    Of what is arriving just now nothing is known yet, hence `STILL`.
    """
    _remove_unfinished()
    for archive in kept.given_up(time.time() - STILL):
        kept.clear_away(archive)
    lying = [path for path in paths.uploads().iterdir() if _is_still(path)]
    needed = set(_needed()) if lying else set()
    gone = [path for path in lying if path.name not in needed]
    for path in gone:
        _remove(path)
    with engine().begin() as db:
        for path in gone:
            db.execute(delete(uploads).where(uploads.c.id == path.name))


def of_ended(run: Run) -> None:
    """Remove what work left that was ended by force, and its uploads, unless a person can go on with them."""
    unpacked_by(run)
    _remove_unfinished()
    if not draft_files.exist(run.id):
        draft_files.forget([part["upload"] for part in run.parts])


def unpacked_by(run: Run) -> None:
    """Remove what work had unpacked and could not remove itself."""
    for unpacked in (paths.home() / "runs" / run.id).glob("tmp*"):
        _remove(unpacked)


def _remove_unfinished() -> None:
    """Data sets that no process is at work on; on the command line it is no work of an agent."""
    for path in paths.datasets().glob("*.partial"):
        with suppress(Timeout), FileLock(paths.lock(path.stem)).acquire(timeout=0):
            _remove(path)


def _needed() -> Iterator[str]:
    """The uploads of work that is ahead, or that a person can take up again."""
    failed = (runs.c.status == "failed") & (runs.c.ended > time.time() - drafts.KEPT)
    wanted = runs.c.status.in_((*_AHEAD, "stopped")) | failed
    with engine().connect() as db:
        rows = db.execute(select(runs.c.id, runs.c.kind, runs.c.status, runs.c.parts).where(wanted)).all()
    for row in rows:
        if row.status != "stopped" or KINDS[row.kind].resumes:
            yield from (part["upload"] for part in row.parts or ())
        yield from (piece.upload for piece in draft_files.of(row.id))


def _is_still(path: Path) -> bool:
    try:
        return path.stat().st_ctime < time.time() - STILL
    except FileNotFoundError:
        return False


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
