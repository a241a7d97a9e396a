"""The confidence threshold: how probable the first class has to be for an answer to count as sure, and what that means.

Below it the model says “not sure”. Without one that is saved, Try and demos mark answers below `DEFAULT` alone.
"""

from __future__ import annotations

from models.evaluation import calibration
from models.evaluation.selective import Selected
from pages.shared.i18n import _, together
from pages.shared.text import percent
from runs.results import decisions, predictions
from runs.store.records import Run

DEFAULT = decisions.DEFAULT


def of(run: Run) -> float:
    """As it is saved with the run, from 0 to 1."""
    chosen = decisions.of(run).threshold
    return DEFAULT if chosen is None else chosen


def tested(run: Run) -> list[tuple[float, float, float | None, int]]:
    """Accuracy on the test part by confidence, see `calibration.bands`; [] where single answers are not kept."""
    outcome = predictions.of(run)
    if outcome is None:
        return []
    test = outcome.of("test")
    return calibration.bands(test.confidence, test.right)


def told(run: Run) -> str:
    """What the saved threshold comes to on the test part; "" where none is saved, or its single answers are gone."""
    threshold = decisions.of(run).threshold
    found = decisions.tested(run, threshold) if threshold is not None else None
    if threshold is None or found is None:
        return ""
    return together(_("Confidence threshold {least}:", least=percent(threshold)), of_test(found))


def of_test(found: Selected) -> str:
    """For how many test examples the model is not sure, and how often it is right on the rest."""
    unsure = _("“not sure” for {unsure:,} of {items:,} test examples ({share:.1%}).", unsure=found.unsure,
               items=found.items, share=found.unsure / found.items)  # fmt: skip
    return together(unsure, _rest(found) if found.unsure else _("So it changes nothing on these."))


def _rest(found: Selected) -> str:
    if found.precision is None:
        return _("No test example is left.")
    rest = _("Of the rest, {precision:.1%} are right (95% interval: {low:.1%} to {high:.1%}).",
             precision=found.precision, low=found.low, high=found.high)  # fmt: skip
    few = _("These are only {n:,} test examples, too few to rely on.", n=found.given)
    return together(rest, few if found.is_few else "")
