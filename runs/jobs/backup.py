"""A backup into the home's own `backups/`, for a host who asked for it on the page."""

from __future__ import annotations

from models.errors import N_, InputError
from models.progress import ProgressReporter
from runs.backup import kept, pack
from runs.identity import people
from runs.kinds import JobResult
from runs.store.records import Run


def make(run: Run, report: ProgressReporter) -> JobResult:
    """A second attempt begins anew, unless the first had finished the file and could not say so any more."""
    host = people.by_id(run.owner)
    if host is None or not host.host or host.suspended is not None:
        raise InputError(
            found=N_("Who asked for this backup is no host."),
            expected=N_("A backup holds the data of everyone."),
            remedy=N_("Let a host ask for it."),
        )
    archive = kept.path_of(run)
    kept.clear_away(archive)
    if not archive.exists():
        report.phase("preparing")
        pack.pack(archive, report)
    return JobResult()
