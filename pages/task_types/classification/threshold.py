"""The confidence threshold: how probable the first class has to be for an answer to count as sure."""

from __future__ import annotations

from models.evaluation.calibration import BINS, reliability
from pages.shared import session
from runs.results import predictions
from runs.store.records import Run

DEFAULT = 50  # per cent
FEWEST = 5  # test examples of a bin that tell how often such an answer is right


def key(run: Run) -> str:
    """Of the slider that sets it, in per cent."""
    return f"least_{run.id}"


def of(run: Run) -> float:
    """As it is set now, from 0 to 1."""
    return session.held(key(run), int, DEFAULT) / 100


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
