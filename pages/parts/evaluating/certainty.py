"""Certainty: whether the model is right as often as it is sure, and what asking for more certainty would cost."""

from __future__ import annotations

import numpy as np
import streamlit as st

from models.calibration import answering, reliability
from pages.parts.charts import bold
from pages.parts.evaluating import figures
from pages.parts.evaluating.browsing import Viewed
from pages.parts.language import _

LEVELS = np.linspace(0, 0.99, 100)


def show(viewed: Viewed) -> None:
    test, key = viewed.outcome.of("test"), viewed.run.id
    found = reliability(test.confidence, test.right)
    st.markdown(_words(found.error, found.lean))
    figures.reliability(found, key=f"reliability_{key}")
    st.caption(_("On the dotted line the model is as often right as it says; below it is too sure. Larger points stand "
                 "for more test items. The mean distance, weighted by them, is the expected calibration error (ECE): "
                 "{ece:.3f}.", ece=found.error))  # fmt: skip
    st.markdown(bold(_("Only answer when sure")))
    least = st.slider(_("Least confidence"), 0, 99, 50, format="%d%%", key=f"least_{key}") / 100
    coverage, accuracy = answering(test.confidence, test.right, least)
    st.markdown(_answers(least, coverage, accuracy))
    curve = [answering(test.confidence, test.right, level) for level in LEVELS]
    covered, right = (np.array(side, float) for side in zip(*curve, strict=True))
    held = ~np.isnan(right)
    figures.trade(LEVELS[held], covered[held], right[held], least, key=f"trade_{key}")


def _words(error: float, lean: float) -> str:
    points = round(100 * error)
    if points <= 3:
        return _("Its certainty can be taken at its word: on average it is {points} points off.", points=points)
    if lean > 0:
        return _("It is **too sure of itself**: on average {points} points surer than it is right. Label smoothing or "
                 "fewer epochs make it more modest.", points=points)  # fmt: skip
    return _("It is **too modest**: on average it is right {points} points more often than it says.", points=points)


def _answers(least: float, coverage: float, accuracy: float | None) -> str:
    if accuracy is None:
        return _("It is never {least:.0%} sure: it would answer nothing.", least=least)
    return _("When it only answers if it is at least {least:.0%} sure, it answers **{coverage:.0%}** of the test items "
             "and is right in **{accuracy:.1%}** of its answers; the others are left to a person.",
             least=least, coverage=coverage, accuracy=accuracy)  # fmt: skip
