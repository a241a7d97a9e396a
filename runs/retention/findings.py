"""What nobody comes back to: files of runs that came to nothing, collections that were never read, links that have
ended, old backups."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sqlalchemy import Row, delete, func, select, update

from models.errors import N_
from runs import paths
from runs.backup import kept
from runs.kinds import KINDS, TRAININGS
from runs.retention.leftover import Leftover
from runs.store import folders, lifecycle, objects
from runs.store.database import engine
from runs.store.records import ENDED
from runs.store.tables import guesses, runs, shares
from runs.uploads import draft_files, drafts

GONE = N_("Checkpoints of this run were removed to save space; resuming starts from the beginning.")
# of no use but for going on
TO_GO_ON = ("checkpoint-*", "stopped.safetensors*", "stop.json", "settled.json", "*.partial", "tmp*")


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
    for row in rows:
        if not _stands_still(row.id):
            continue
        folder = paths.home() / "runs" / row.id
        worth = bool(row.result) or row.id in linked
        there = [path for name in TO_GO_ON for path in folder.glob(name)] if worth else _whole(folder, row.id)
        if there:
            still = partial(_stands_still, row.id)
            yield Leftover(f"{row.kind} {row.id}", row.ended, there, partial(_note, row), still)


def whole_runs(before: float) -> Iterator[Leftover]:
    """Trainings that ended before this moment, with all they made and whatever was made of them, however good they are;
    not one that has an open link, or that other work needs."""
    old = runs.c.kind.in_(TRAININGS) & runs.c.parent.is_(None) & runs.c.status.in_(ENDED) & (runs.c.ended < before)
    with engine().connect() as db:
        rows = db.execute(select(runs.c.id, runs.c.ended).where(old)).all()
    for row in rows:
        if _stands_still(row.id, linked=True):
            gone = (row.id, *lifecycle.hanging_on(row.id))
            there = [path for one in gone for path in _whole(paths.home() / "runs" / one, one)]
            still = partial(_stands_still, row.id, linked=True)
            yield Leftover(f"run {row.id}", row.ended, there, partial(lifecycle.forget, row.id), still)


def _stands_still(run: str, *, linked: bool = False) -> bool:
    """Whether the run has ended still, and no work that waits or goes on needs it, such as its evaluation.

    Args:
        linked: nobody may have a link by which it can be opened, either.
    """
    ahead = runs.c.status.in_(("queued", "running"))
    open_ = shares.c.revoked.is_(None) & (shares.c.expires.is_(None) | (shares.c.expires > time.time()))
    with engine().connect() as db:
        begun_by = select(runs.c.parent).where(runs.c.id == run).scalar_subquery()
        needing = (runs.c.id == run) | (runs.c.subject == run) | (runs.c.id == begun_by)
        wanted = [select(runs.c.id).where(needing, ahead)]
        wanted += [select(shares.c.id).where((shares.c.run == run) & open_)] if linked else []
        return not any(db.execute(one.limit(1)).first() for one in wanted)


def _whole(folder: Path, identity: str) -> list[Path]:
    """Its folder and its log, as far as there is anything in them."""
    there = [folder] if folder.is_dir() and any(folder.iterdir()) else []
    return there + [log for log in [paths.logs() / f"{identity}.log"] if log.exists()]


def _note(row: Row) -> None:
    """Whoever resumes it is told why it begins anew. The object storage, where there is one, keeps no more than the
    home."""
    key = objects.of_run(row.id)
    objects.owe(key) if folders.has_files(key) else objects.forget([key])
    told = {"message": GONE, "args": {}}
    if not KINDS[row.kind].trains or told in (row.notes or []):
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
    for one in kept.listed()[1:]:
        if one.made < before:
            yield Leftover(f"backups/{one.name}", one.made, [one.path])
