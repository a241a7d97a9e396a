"""Calibration: whether confidence is as high as accuracy, and what a threshold of confidence would cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from models.evaluation.calibration import Reliability, answering, reliability
from pages.shared.i18n import _
from pages.shared.text import bold
from pages.task_types import figures
from pages.task_types.classification import threshold
from pages.task_types.classification.item_browser import Viewed

LEVELS = np.linspace(0, 0.99, 100)
CLOSE = 3  # points between confidence and accuracy that are not worth a word
FEWEST = 20  # test examples of a bin below which its accuracy is mostly chance


def show(viewed: Viewed) -> None:
    test, key = viewed.outcome.of("test"), viewed.run.id
    found = reliability(test.confidence, test.right)
    st.markdown(words(found))
    figures.reliability(found, key=f"reliability_{key}")
    st.caption(_("Points on the dotted line are perfectly calibrated; below it the model is over-confident. Larger "
                 "points represent more test examples. Expected calibration error (ECE): {ece:.1f} percentage points, "
                 "the mean absolute distance of the bins from the line.",
                 ece=100 * found.error))  # fmt: skip
    st.markdown(bold(_("Selective prediction")))
    least = (
        st.slider(
            _("Confidence threshold"),
            0,
            99,
            threshold.DEFAULT,
            format="%d%%",
            persist_state="page",
            key=threshold.key(viewed.run),
            help=_("In Try, predictions below it are marked “not sure”."),
        )
        / 100
    )
    coverage, accuracy = answering(test.confidence, test.right, least)
    st.markdown(_answers(least, coverage, accuracy))
    curve = [answering(test.confidence, test.right, level) for level in LEVELS]
    covered, right = (np.array(side, float) for side in zip(*curve, strict=True))
    held = ~np.isnan(right)
    figures.trade(LEVELS[held], covered[held], right[held], least, key=f"trade_{key}")


def words(found: Reliability) -> str:
    """By the signed gap of confidence and accuracy over all items, as far as that is more than chance, and how far the
    single bins bear it; the expected calibration error has its own name."""
    sure, right = (float(np.average(side, weights=found.counts)) for side in (found.confidence, found.accuracy))
    told = {"sure": sure, "right": right, "points": f"{100 * abs(found.lean):.1f}"}
    if round(100 * abs(found.lean)) <= CLOSE:
        return _level(found, told)
    if abs(found.lean) <= found.chance:
        return _("**No clear miscalibration**: mean confidence {sure:.1%}, accuracy {right:.1%}. With {n:,} test "
                 "examples chance explains the difference.", n=int(found.counts.sum()), **told)  # fmt: skip
    if found.lean > 0:
        return _("**Over-confident** by {points} points: mean confidence {sure:.1%}, accuracy {right:.1%}. Label "
                 "smoothing or fewer epochs can reduce this.", **told)  # fmt: skip
    return _("**Under-confident** by {points} points: mean confidence {sure:.1%}, accuracy {right:.1%}.", **told)


def _level(found: Reliability, told: Mapping[str, Any]) -> str:
    """On average confidence is accuracy; of the bins that is said only where they bear it."""
    if few := int((found.counts < FEWEST).sum()):
        return _("**Well calibrated on average**: mean confidence {sure:.1%}, accuracy {right:.1%}. Confidence ranges "
                 "with fewer than {least} test examples, too few to judge: {few} of {bins}.", least=FEWEST, few=few,
                 bins=len(found.counts), **told)  # fmt: skip
    if round(100 * found.error) > CLOSE:
        return _("**Well calibrated on average only**: mean confidence {sure:.1%}, accuracy {right:.1%}. Within single "
                 "confidence ranges they differ by {apart:.1f} points.", apart=100 * found.error, **told)  # fmt: skip
    return _("**Well calibrated**: mean confidence {sure:.1%}, accuracy {right:.1%}.", **told)


def _answers(least: float, coverage: float, accuracy: float | None) -> str:
    if accuracy is None:
        return _("No prediction reaches a confidence of {least:.0%}.", least=least)
    return _("At a threshold of {least:.0%}, **{coverage:.1%}** of the test examples are predicted, with "
             "**{accuracy:.1%}** accuracy. The rest needs human review.",
             least=least, coverage=coverage, accuracy=accuracy)  # fmt: skip
