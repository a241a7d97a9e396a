"""A demo without a server: what the ways to store its weights cost, and its folder, for an owner who asked for it."""

from __future__ import annotations

from models.progress import ProgressReporter
from runs import paths
from runs.exports.static_demo import folder, model
from runs.inference.errors import gone
from runs.kinds import JobResult
from runs.store import records
from runs.store.records import Run


def measure(run: Run, report: ProgressReporter) -> JobResult:
    """`subject` names the run whose model would leave; see `model.measure`."""
    report.phase("preparing")
    return JobResult({"result": {"choices": model.measure(_subject(run), paths.run(run.id), report)}})


def write(run: Run, report: ProgressReporter) -> JobResult:
    """`subject` names the run whose model leaves, `settings` what `folder.write` is told."""
    return JobResult({"result": folder.write(_subject(run), run.settings, paths.run(run.id), report)})


def _subject(run: Run) -> Run:
    subject = records.subject(run)
    if subject is None or not model.bundle(subject).is_dir():
        raise gone()
    return subject
