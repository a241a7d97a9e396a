"""Classes in a demo without a server; see `pages.task_types.base.StandaloneView`."""

from __future__ import annotations

from models.errors import N_
from models.evaluation import metrics
from pages import modalities
from pages.components import prediction_form
from pages.shared.i18n import _, listed, numbered
from pages.task_types import verdict
from pages.task_types.base import Part
from pages.task_types.classification import evaluation, threshold
from pages.task_types.classification.class_renames import are_numbers
from runs.results import predictions
from runs.store.records import Run

SAME = N_("Same predictions")
NAMED, LONGEST = 3, 24  # classes in a title, and characters of one


def title(run: Run) -> str:
    """Name what it tells apart, of many classes the first three and how many there are; the run where numbers stand for
    the classes, which say nothing, or where nothing stands for them any more."""
    named = [name if len(name) <= LONGEST else f"{name[:LONGEST]}…" for name in classes(run)]
    if are_numbers(named):
        return run.name
    more = _(" … ({n} classes)", n=len(named)) if len(named) > NAMED else ""
    return _(modalities.of(run.case).recognises, classes=listed(named[:NAMED]) + more)


def words(run: Run) -> dict[str, str]:
    """The sentences of the place to try."""
    modality = modalities.of(run.case)
    return {
        **prediction_form.answer_words(), **(modality.form.words() if modality.form else {}),
        "fits": _(modality.fits),
        "unlike": _("Does it belong to one of the classes? If not, ignore the prediction, however high its "
                    "probability."),
        "tested": _("Test examples with a confidence of {low} to {high}: {right} correct ({n})."),
        "few": prediction_form.few(threshold.tested(run)),
        "parts": numbered(_("Metrics by class"), len(parts(run))), "part": _("Class"), "part_value": _("Recall"),
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


def least_confidence(run: Run) -> float:
    return threshold.of(run)
