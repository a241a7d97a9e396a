"""What happened to a classifier, in the book's words; see `pages.task_types.base.EvaluationView`."""

from __future__ import annotations

from cases.classification.baselines import PROBE
from cases.classification.conditions import has_final_fit
from models.evaluation import significance
from pages.shared import vocabulary
from pages.task_types import diagnosis, verdict
from pages.task_types.classification import overview
from runs.results import metric_history, predictions
from runs.results.diagnosis import Diagnosis, classes, result, training
from runs.store.records import Run


def diagnoses(run: Run) -> list[Diagnosis]:
    """Curves are left out where another fit replaced what they show, and a loss that rose where what was kept is
    clearly better than before: then only the confidence is wrong, which is told of the test set."""
    outcome, metric = predictions.of(run), vocabulary.task_of(run).metric
    repeated = result.leakage(run.result, metric, significance.shares_apart)
    guessing = classes.guessing(outcome) if outcome else None
    found = [*diagnosis.of_result(run, overview.gap(run), overview.CAUSES), repeated,
             *_of_network(run, metric, guessing)]  # fmt: skip
    if not has_final_fit(run.settings):
        shown = diagnosis.of_training(run, guessing)
        paid_off = bool(verdict.kept_share(run))
        found += [one for one in shown if not (paid_off and one.name.startswith("overfitting"))]
    if any(one and one.name == "below_probe" for one in found):  # which says it more exactly
        found = [one for one in found if not (one and one.name == "worse" and one.measured["baseline"] == PROBE.name)]
    if outcome is not None:
        test = outcome.of("test")
        found += [
            classes.underfitting(outcome, predictions.held_out_accuracy(run, outcome)),
            classes.imbalance(test),
            classes.overconfident(test),
        ]
    return [one for one in found if one]


def _of_network(run: Run, metric: str, guessing: float | None) -> list[Diagnosis | None]:
    """Whether the network is worth anything beside what it was trained from, and beside what needs none."""
    below = result.below_probe(run.result, metric, PROBE.name)
    why = training.near_guessing(metric_history.history(run), None if has_final_fit(run.settings) else guessing)
    if below:
        why |= {"metric": metric, "alone": below.measured["value"], "probe": below.measured["other"]}
    simple = [one.name for one in vocabulary.task_of(run).baselines if one.simple]
    return [result.adds_nothing(run.result, simple, why=why), below]
