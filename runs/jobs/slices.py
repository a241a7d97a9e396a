"""What the examples of an evaluation are like, measured once, so that the page can cut them into slices at once."""

from __future__ import annotations

import cases
from models.progress import ProgressReporter
from runs import integrity
from runs.inference.errors import gone
from runs.jobs import data_import
from runs.kinds import JobResult
from runs.results import traits
from runs.store import datasets, records
from runs.store.records import Run


def measure(run: Run, report: ProgressReporter) -> JobResult:
    """Keep the traits of all examples that the subject of `run` has an answer for, with their clusters."""
    report.phase("preparing")
    subject = records.subject(run)
    if subject is None:
        raise gone()
    if problem := integrity.of_answers(subject.id):
        raise problem
    answers = traits.answered(subject)
    if answers is None:
        raise gone()
    dataset = data_import.dataset_of(subject)
    kept = datasets.cache_of(subject.owner, dataset.digest)
    found = cases.get(subject.case).traits_of(dataset, answers, kept, report)
    report.check()
    traits.keep(subject.id, found.join(traits.clustered(subject, found.index)))
    return JobResult()
