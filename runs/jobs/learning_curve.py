"""What more training examples would bring: a linear probe on kept features, or the run's model, fitted to parts."""

from __future__ import annotations

import cases
from cases.base import LearningCurveTrainer
from models.errors import N_, InputError
from models.progress import ProgressReporter
from runs import paths
from runs.inference.errors import gone
from runs.jobs import fine_tune
from runs.kinds import JobResult
from runs.results import learning_curve
from runs.store import records
from runs.store.records import Run


def measure(run: Run, report: ProgressReporter) -> JobResult:
    """Keep the learning curve beside the subject of `run`.

    Raises:
        InputError: its models have none, or the run is gone.
    """
    report.phase("preparing")
    subject = records.subject(run)
    if subject is None or subject.result is None:
        raise gone()
    folder = paths.run(run.id)
    folder.mkdir(parents=True, exist_ok=True)
    trainer = fine_tune.build(cases.get(subject.case), subject, folder, report)
    if not isinstance(trainer, LearningCurveTrainer):
        raise InputError(
            found=N_("A learning curve was asked for."),
            expected=N_("Only classifiers and recommenders have one."),
            remedy=N_("Look at the slices instead."),
        )
    report.check()
    learning_curve.keep(subject.id, trainer.learning_curve(subject.result, report))
    return JobResult()
