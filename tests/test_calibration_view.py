"""The view of certainty: how calibrated a model is said to be."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation.calibration import bands, reliability
from pages.task_types.classification import calibration


@pytest.mark.parametrize(("right", "told"), [
    # {mean confidence of a bin: (test examples, correct ones)}
    ({0.95: (40, 38), 0.55: (40, 22)}, "**Well calibrated**:"),
    ({0.95: (40, 38), 0.55: (4, 1)}, "**Well calibrated on average**:"),
    ({0.95: (40, 30), 0.55: (40, 30)}, "**Well calibrated on average only**:"),
    ({0.95: (40, 38), 0.75: (4, 3), 0.55: (4, 2)},
     "**Too few test examples** to judge most confidence ranges (2 of 3)."),
    ({0.95: (16, 15)}, "**Too few test examples** to judge the calibration: mean confidence 95.0%, accuracy 93.8%."),
    ({0.7: (10, 6)}, "**No clear miscalibration**:"),
    ({0.7: (1000, 600)}, "**Over-confident** by 10.0 points"),
])  # fmt: skip
def test_how_calibrated_a_model_is_said_to_be_is_what_its_bins_bear(right, told):
    sure = np.concatenate([np.full(n, confidence) for confidence, (n, _) in right.items()])
    found = np.concatenate([np.arange(n) < correct for n, correct in right.values()])
    assert calibration.words(reliability(sure, found)).startswith(told)
    if told == "**Well calibrated on average**:":
        assert "fewer than 30 test examples, too few to judge: 1 of 2." in calibration.words(reliability(sure, found))


def test_a_range_of_confidence_with_fewer_than_thirty_examples_is_told_with_its_neighbours_or_not_at_all():
    sure = np.concatenate([np.full(40, 0.95), np.full(29, 0.85), np.full(1, 0.75), np.full(29, 0.35)])
    right = np.arange(99) % 10 > 0
    assert bands(sure, right) == [
        (0.9, 1.0, 36 / 40, 40), (0.7, 0.9, 27 / 30, 30), (0.0, 0.7, None, 29),
    ]  # fmt: skip
    assert bands(sure[:0], right[:0]) == []
