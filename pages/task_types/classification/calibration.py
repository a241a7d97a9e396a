"""Calibration: whether confidence is as high as accuracy, the temperature that makes it so, and the threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from models.evaluation.calibration import JUDGED, Reliability, log_loss, reliability
from models.evaluation.predictions import Predictions
from pages.shared.i18n import _, together
from pages.shared.text import bold
from pages.task_types import figures
from pages.task_types.classification import threshold_choice
from pages.task_types.classification.item_browser import Viewed
from runs.results import decisions, predictions
from runs.results.decisions import OUT_OF_FOLD
from runs.store.records import Run

CLOSE = 3  # points between confidence and accuracy that are not worth a word
NEAR = 0.02  # of a temperature to 1, where it changes nothing worth a word


def show(viewed: Viewed) -> None:
    run, test = viewed.run, viewed.outcome.of("test")
    found, before = reliability(test.confidence, test.right), _before(run)
    st.markdown(words(found))
    earlier = None
    if before is not None:  # of a slice only its own, as of the rest of the figure
        same = before.at(np.flatnonzero(np.isin(before.rows, test.rows)))
        earlier = reliability(same.confidence, same.right)
    figures.reliability(found, key=f"reliability_{run.id}", before=earlier)
    st.caption(_("Points on the dotted line are perfectly calibrated; below it the model is over-confident. Larger "
                 "points represent more test examples. Expected calibration error (ECE): {ece:.1f} percentage points, "
                 "the mean absolute distance of the bins from the line.",
                 ece=100 * found.error))  # fmt: skip
    whole = (predictions.of(run) or viewed.outcome).of("test")  # both hold for all examples, also beside a slice
    _temperature(run, whole, before)
    threshold_choice.show(run, whole)
    if run.decision and not decisions.is_obeyed(run):
        st.caption(_("The `predict.py` of this bundle is older and knows neither. Train again for a newer one."))


def _before(run: Run) -> Predictions | None:
    """The test part without the temperature; None where there is none."""
    outcome = predictions.untempered(run) if decisions.of(run).temperature != 1 else None
    return outcome.of("test") if outcome else None


def _temperature(run: Run, test: Predictions, before: Predictions | None) -> None:
    st.markdown(bold(_("Temperature scaling")))
    st.markdown(
        together(
            _("One number, the temperature, divides all scores so that confidence comes closer to accuracy."),
            _("Predicted classes and accuracy stay the same."),
        )
    )
    chosen = decisions.of(run)
    if before is None:
        _offer(run)
        return
    with st.container(border=True):
        kept = bold(_("Saved with this run"))
        value = _("temperature {value:g}", value=chosen.temperature)
        st.markdown(f"{kept} · {value}")
        st.markdown(effect(run, test, before))
        _table(run, test, before)
        st.button(_("Remove the temperature"), key=f"temperature_remove_{run.id}", icon=":material/close:",
                  on_click=_remove, args=(run,))  # fmt: skip


def _remove(run: Run) -> None:
    decisions.keep(run, decisions.by_temperature(run, 1.0))
    st.rerun()


def _fit(run: Run) -> None:
    found = decisions.calibrated(run)
    if found is not None:
        decisions.keep(run, found)
    st.rerun()


def _offer(run: Run) -> None:
    known = decisions.basis(run)
    right = known.outcome.right if known else np.ones(0, bool)
    can = decisions.can_calibrate(known)
    st.button(_("Fit the temperature"), key=f"temperature_{run.id}", icon=":material/device_thermostat:",
              disabled=not can, on_click=_fit, args=(run,))  # fmt: skip
    if not can:
        st.caption(_("That needs at least 20 validation examples, and a mistake among them."))
    elif known and known.part == OUT_OF_FOLD:
        st.caption(_("Fitted on {n:,} examples, each judged by a linear probe without it; never on the test set.",
                     n=len(right)))  # fmt: skip
    else:
        st.caption(_("Fitted on {n:,} validation examples, never on the test set.", n=len(right)))


def effect(run: Run, test: Predictions, before: Predictions) -> str:
    """Whether the temperature helps on the test part."""
    then, now = (log_loss(one.probabilities, one.labels) for one in (before, test))
    told = {"before": f"{then:.3f}", "after": f"{now:.3f}"}
    if abs(decisions.of(run).temperature - 1) < NEAR or told["before"] == told["after"]:
        return _("**Hardly any effect**: the probabilities were calibrated as well before.")
    if now < then:
        return _("**It helps**: log loss on the test set falls from {before} to {after}.", **told)
    return _("**It does not help here**: log loss on the test set rises from {before} to {after}. Better remove it.",
             **told)  # fmt: skip


def _table(run: Run, test: Predictions, before: Predictions) -> None:
    both = [(reliability(one.confidence, one.right), log_loss(one.probabilities, one.labels)) for one in (before, test)]
    told = [(f"{found.mean_confidence:.1%}", f"{100 * found.error:.1f}", f"{loss:.3f}") for found, loss in both]
    st.dataframe(
        {"": [_("Mean confidence"), _("ECE (points)"), _("Log loss")], _("Before"): told[0], _("After"): told[1]},
        hide_index=True, width="content", key=f"temperature_table_{run.id}",
    )  # fmt: skip
    st.caption(
        together(
            _("On the test set; accuracy {accuracy:.1%}.", accuracy=float(test.right.mean())),
            _("Log loss is high where the true class got a low probability; lower is better."),
        )
    )


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
    few = int((found.counts < JUDGED).sum())
    if few == len(found.counts):
        return _("**Too few test examples** to judge the calibration: mean confidence {sure:.1%}, accuracy "
                 "{right:.1%}.", **told)  # fmt: skip
    if 2 * few > len(found.counts):
        return _("**Too few test examples** to judge most confidence ranges ({few} of {bins}). On average: mean "
                 "confidence {sure:.1%}, accuracy {right:.1%}.", few=few, bins=len(found.counts), **told)  # fmt: skip
    if few:
        return _("**Well calibrated on average**: mean confidence {sure:.1%}, accuracy {right:.1%}. Confidence ranges "
                 "with fewer than {least} test examples, too few to judge: {few} of {bins}.", least=JUDGED, few=few,
                 bins=len(found.counts), **told)  # fmt: skip
    if round(100 * found.error) > CLOSE:
        return _("**Well calibrated on average only**: mean confidence {sure:.1%}, accuracy {right:.1%}. Within single "
                 "confidence ranges they differ by {apart:.1f} points.", apart=100 * found.error, **told)  # fmt: skip
    return _("**Well calibrated**: mean confidence {sure:.1%}, accuracy {right:.1%}.", **told)
