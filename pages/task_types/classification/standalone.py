"""Classes in a demo without a server; see `pages.task_types.base.StandaloneView`."""

from __future__ import annotations

from models.errors import N_
from models.evaluation import metrics
from pages import modalities
from pages.components import prediction_form
from pages.components.prediction_form import Certainty
from pages.shared.i18n import _
from pages.task_types import verdict
from pages.task_types.base import Part
from pages.task_types.classification import evaluation, threshold
from runs.results import predictions
from runs.store.records import Run

SAME = N_("Same predictions")


def words(run: Run) -> dict[str, str]:
    """The sentences of the place to try."""
    modality = modalities.of(run.case)
    return {
        **prediction_form.answer_words(), **(modality.form.words() if modality.form else {}),
        "parts": _("Metrics by class"), "part": _("Class"), "part_value": _("Recall"),
        "part_told": _(modality.recognised),
    }  # fmt: skip


def told(run: Run) -> list[str]:
    limited = threshold.told(run)
    return [evaluation.promise(run), *([limited] if limited else []), verdict.simply(run)]


def parts(run: Run) -> list[Part]:
    """Nothing where the single answers are gone."""
    outcome = predictions.of(run)
    if outcome is None:
        return []
    test, found = outcome.of("test"), []
    for number, name in enumerate(test.classes):
        right = test.right[test.labels == number]
        if len(right):
            low, high = metrics.wilson(right)
            found.append(Part(name=name, value=float(right.mean()), low=float(low), high=float(high), n=len(right)))
    return found


def classes(run: Run) -> list[str]:
    outcome = predictions.of(run)
    return list(outcome.classes) if outcome else []


def certainty(run: Run) -> Certainty:
    return {"threshold": threshold.of(run), "tested": threshold.tested(run)}
