"""What happened to a classifier, in the book's words; see `pages.task_types.base.EvaluationView`."""

from __future__ import annotations

from cases.classification.conditions import has_final_fit
from models.evaluation import significance
from pages.shared import vocabulary
from pages.task_types import diagnosis, verdict
from pages.task_types.classification import overview
from runs.results import predictions
from runs.results.diagnosis import Diagnosis, classes, result
from runs.store.records import Run


def diagnoses(run: Run) -> list[Diagnosis]:
    """Curves are left out where another fit replaced what they show, and a loss that rose where what was kept is
    clearly better than before: then only the confidence is wrong, which is told of the test set."""
    outcome, metric = predictions.of(run), vocabulary.task_of(run).metric
    repeated = result.leakage(run.result, metric, significance.shares_apart)
    found = [*diagnosis.of_result(run, overview.gap(run), overview.CAUSES), repeated]
    if not has_final_fit(run.settings):
        shown = diagnosis.of_training(run, classes.guessing(outcome) if outcome else None)
        paid_off = bool(verdict.kept_share(run))
        found += [one for one in shown if not (paid_off and one.name.startswith("overfitting"))]
    if outcome is not None:
        test = outcome.of("test")
        found += [classes.underfitting(outcome), classes.imbalance(test), classes.overconfident(test)]
    return [one for one in found if one]
