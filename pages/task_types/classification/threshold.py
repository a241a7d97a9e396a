"""The confidence threshold: how probable the first class has to be for an answer to count as sure, and what that means.

Below it the model says “not sure”. Without one that is saved, Try and demos mark answers below `DEFAULT` alone.
"""

from __future__ import annotations

from models.evaluation.calibration import BINS, reliability
from models.evaluation.selective import Selected
from pages.shared.i18n import _, together
from pages.shared.text import percent
from runs.results import decisions, predictions
from runs.store.records import Run

DEFAULT = 0.5
FEWEST = 5  # test examples of a bin that tell how often such an answer is right


def of(run: Run) -> float:
    """As it is saved with the run, from 0 to 1."""
    chosen = decisions.of(run).threshold
    return DEFAULT if chosen is None else chosen


def of_job(job: Run) -> float:
    """As it was when a batch was predicted, and its table written."""
    chosen = (job.result or {}).get("decision", {}).get("threshold")
    return DEFAULT if chosen is None else chosen


def tested(run: Run) -> list[tuple[float, float, float, int]]:
    """What became of answers on the test part, by how sure they were: lowest and highest confidence, accuracy and
    number of test examples. Bins of too few examples are left out; [] where single answers are not kept."""
    outcome = predictions.of(run)
    if outcome is None:
        return []
    test = outcome.of("test")
    found = reliability(test.confidence, test.right)
    told = zip(found.counts.tolist(), found.confidence.tolist(), found.accuracy.tolist(), strict=True)
    return [(*_edges(confidence), accuracy, n) for n, confidence, accuracy in told if n >= FEWEST]


def _edges(confidence: float) -> tuple[float, float]:
    """Of the bin that holds it."""
    lowest = min(int(round(confidence * BINS, 6)), BINS - 1)  # a mean lies a trifle below its bin at times
    return lowest / BINS, (lowest + 1) / BINS


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
