"""Learning curve: what more examples would bring, by a linear probe on parts of the training set."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from models.errors import N_
from models.evaluation.learning_curve import DRAWS, ENOUGH, FEWEST_OF_CLASS, ClassRise, LearningCurve, Point
from pages.shared.i18n import _, count, together
from pages.shared.text import bold, plain
from pages.task_types import learning_curve
from pages.task_types.classification.item_browser import Viewed
from pages.task_types.learning_curve import Words
from runs.results import predictions
from runs.store.records import Run

WORDS = Words(
    asked=N_(
        "Would more examples help? Linear probes learn from growing shares of the training and validation set and "
        "are judged on the rest (cross-validation)."
    ),
    uses=N_("Uses the feature vectors that are there already. The test set is not used."),
    rising=N_("**{n:,} more training examples would bring about {points} points of accuracy** ({low} to {high})."),
    flat=N_("**The curve is flat**: {n:,} more training examples would bring at most {high} points."),
    few=N_("**Too few examples** to tell what more would bring."),
    unclear=N_("**Nothing can be told** of more examples: the curve is too uneven, or its intervals are too wide."),
)


BY_VALIDATION = replace(WORDS, asked=N_(
    "Would more examples help? Linear probes learn from growing shares of the training set and are judged on the "
    "validation set."
))  # fmt: skip


def words(run: Run) -> Words:
    """As the curve of this run is measured."""
    return BY_VALIDATION if run.result["data"]["validation"] >= ENOUGH else WORDS


def show(viewed: Viewed) -> None:
    """The whole curve, also beside a slice: it is about the training set."""
    found = learning_curve.show(viewed.run, words(viewed.run), in_points, "accuracy", _("Training examples"), _point)
    if found is None:
        return
    judged = count("{n} example", "{n} examples", found.judged)
    st.caption(together(
        _("This is the curve of the linear probe on frozen features, not of the trained network."),
        _("Judged by cross-validation on {examples} of training and validation set.", examples=judged)
        if found.out_of_fold else _("Judged on {examples} of the validation set.", examples=judged),
        _("95% intervals over {draws} random draws and over the examples; the test set is not used.", draws=DRAWS),
    ))  # fmt: skip
    _classes(viewed.run, found)


def _point(one: Point) -> str:
    return _("{n:,} examples: {value:.1%} ({low:.1%} to {high:.1%})", n=one.n, value=one.value, low=one.low,
             high=one.high)  # fmt: skip


def in_points(found: LearningCurve) -> dict[str, str]:
    """The gain and its bounds, in percentage points."""
    gain = found.gain or {"value": 0.0, "low": 0.0, "high": 0.0}
    return {"points": _points(gain["value"]), "low": _points(gain["low"]), "high": _points(gain["high"])}


def _points(value: float) -> str:
    return f"{100 * value:z.1f}".replace("-", "−")


def class_name(run: Run, one: ClassRise) -> str:
    outcome = predictions.of(run)
    return outcome.classes[one.number] if outcome else str(one.number + 1)


def _classes(run: Run, found: LearningCurve) -> None:
    """How each class grew; first of all the one of which more examples help most."""
    if not found.classes:
        return
    listed = count("{n} class", "{n} classes", len(found.classes))
    title = bold(_("Recall by class, from half of the examples to all"))
    st.markdown(f"{title} · {listed}")
    if (most := found.most_rising) is not None:
        st.markdown(_("Recall still rises most for **{label}**: by {points} points ({low} to {high}).",
                      label=plain(class_name(run, most)), points=_points(most.rise), low=_points(most.low),
                      high=_points(most.high)))  # fmt: skip
    else:
        st.caption(_("For no class does recall clearly rise."))
    ordered = sorted(found.classes, key=lambda one: -one.rise)
    st.dataframe(
        {"class": [class_name(run, one) for one in ordered], "recall": [100 * one.recall for one in ordered],
         "rise": [f"{100 * one.rise:+z.1f}".replace("-", "−") for one in ordered],
         "interval": [_("{low} to {high}", low=_points(one.low), high=_points(one.high)) for one in ordered],
         "n": [one.n for one in ordered]},
        hide_index=True, height=min(38 + 35 * len(ordered), 420), key=f"curve_classes_{run.id}",
        column_config={
            "class": st.column_config.TextColumn(_("Class"), pinned=True),
            "recall": st.column_config.ProgressColumn(_("Recall"), format="%.1f%%", min_value=0, max_value=100),
            "rise": st.column_config.TextColumn(_("Rise (points)")),
            "interval": st.column_config.TextColumn(
                _("95% interval"), help=_("Corrected for the number of classes.")),
            "n": st.column_config.NumberColumn(_("Examples judged")),
        },
    )  # fmt: skip
    outcome = predictions.of(run)
    if outcome and (few := len(outcome.classes) - len(found.classes)):
        st.caption(count("{n} class is not listed: fewer than {least} of its examples were judged.",
                         "{n} classes are not listed: fewer than {least} of their examples were judged.", few,
                         least=FEWEST_OF_CLASS))  # fmt: skip
