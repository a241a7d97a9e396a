"""Certainty: whether the model is right as often as it is sure, and what asking for more certainty would cost."""

from __future__ import annotations

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


def show(viewed: Viewed) -> None:
    test, key = viewed.outcome.of("test"), viewed.run.id
    found = reliability(test.confidence, test.right)
    st.markdown(_words(found))
    figures.reliability(found, key=f"reliability_{key}")
    st.caption(_("On the dotted line the model is as often right as it says; below it is too sure. Larger points stand "
                 "for more test items. The expected calibration error (ECE) is {ece:.1f} points: the mean distance "
                 "from the line, bin by bin and whatever its sign, so it can be larger than the gap of the means.",
                 ece=100 * found.error))  # fmt: skip
    st.markdown(bold(_("Only answer when sure")))
    least = (
        st.slider(
            _("Confidence threshold"),
            0,
            99,
            threshold.DEFAULT,
            format="%d%%",
            persist_state="page",
            key=threshold.key(viewed.run),
            help=_("In Try, an answer below it is marked “not sure”."),
        )
        / 100
    )
    coverage, accuracy = answering(test.confidence, test.right, least)
    st.markdown(_answers(least, coverage, accuracy))
    curve = [answering(test.confidence, test.right, level) for level in LEVELS]
    covered, right = (np.array(side, float) for side in zip(*curve, strict=True))
    held = ~np.isnan(right)
    figures.trade(LEVELS[held], covered[held], right[held], least, key=f"trade_{key}")


def _words(found: Reliability) -> str:
    """By the signed gap of confidence and accuracy over all items; the expected calibration error has its own name."""
    sure, right = (float(np.average(side, weights=found.counts)) for side in (found.confidence, found.accuracy))
    told = {"sure": sure, "right": right, "points": f"{100 * abs(found.lean):.1f}"}
    if round(100 * abs(found.lean)) <= CLOSE:
        return _("On average it is about as sure as it is right: confidence {sure:.1%}, accuracy {right:.1%}.", **told)
    if found.lean > 0:
        return _("It is **over-confident**: on average {points} points surer than it is right (confidence {sure:.1%}, "
                 "accuracy {right:.1%}). Label smoothing or fewer epochs bring that down.", **told)  # fmt: skip
    return _("It is **under-confident**: on average it is right {points} points more often than it says (confidence "
             "{sure:.1%}, accuracy {right:.1%}).", **told)  # fmt: skip


def _answers(least: float, coverage: float, accuracy: float | None) -> str:
    if accuracy is None:
        return _("It is never {least:.0%} sure: it would answer nothing.", least=least)
    return _("When it only answers if it is at least {least:.0%} sure, it answers **{coverage:.0%}** of the test items "
             "and is right in **{accuracy:.1%}** of its answers; the others are left to a person.",
             least=least, coverage=coverage, accuracy=accuracy)  # fmt: skip
