"""The map of a run's items, drawn when somebody first looks at it."""

from __future__ import annotations

from models.evaluation import projection
from models.progress import ProgressReporter
from runs import integrity
from runs.inference.errors import gone
from runs.kinds import JobResult
from runs.results import predictions
from runs.store import records
from runs.store.records import Run


def draw(run: Run, report: ProgressReporter) -> JobResult:
    report.phase("preparing")
    subject = records.subject(run)
    if subject is None:
        raise gone()
    if problem := integrity.of_answers(subject.id):
        raise problem
    outcome = predictions.of(subject)
    if outcome is None:
        raise gone()
    places = projection.chosen(outcome.items["part"].to_numpy())
    predictions.keep_map(subject.id, places, projection.flatten(outcome.vectors[places]))
    return JobResult()
