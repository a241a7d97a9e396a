"""Items that are one of a few classes; see `pages.task_types.base.EvaluationView`."""

from __future__ import annotations

import streamlit as st

from models.evaluation import metrics
from pages import modalities
from pages.shared.i18n import _, count, numbered, together
from pages.shared.text import bold, percent
from pages.task_types import learning_curve as curve
from pages.task_types.classification import (
    calibration,
    confusion,
    item_browser,
    item_map,
    labels,
    learning_curve,
    mistakes,
    overview,
    threshold,
)
from pages.task_types.classification import diagnoses as diagnoses_of_run
from pages.task_types.classification import next_steps as next_steps_of_run
from pages.task_types.classification.item_browser import Viewed
from runs.results import predictions
from runs.store.records import Run

headline, tested, gap = overview.headline, overview.tested, overview.gap
next_steps = next_steps_of_run.next_steps
diagnoses = diagnoses_of_run.diagnoses
open_for, opened = item_browser.open_for, item_browser.opened


def figures(run: Run) -> None:
    overview.figures(run, None)


def views() -> dict[str, str]:
    """See `pages.task_types.base.EvaluationView`."""
    return {
        "overview": _("Overview"), "classes": _("Classes"), "mistakes": _("Mistakes"), "labels": _("Labels to review"),
        "certainty": _("Calibration"),
        "map": _("Map"), curve.NAME: curve.title(),
    }  # fmt: skip


def wait(run: Run, seen: str) -> bool:
    """Drawing a map or measuring a curve is waited for by a timer, which no fragment may hold."""
    if seen == curve.NAME:
        return curve.wait(run, learning_curve.words(run))
    waiting = seen == "map" and not item_map.is_drawn(run)
    if waiting:
        item_map.draw(run)
    return waiting


def show(viewed: Viewed, seen: str) -> None:
    if seen == "map" and not item_map.is_drawn(viewed.run):
        st.rerun()
    if seen == curve.NAME and not curve.is_measured(viewed.run):
        st.rerun()
    shown = {"overview": overview, "classes": confusion, "mistakes": mistakes, "labels": labels,
             "certainty": calibration,
             "map": item_map, curve.NAME: learning_curve}  # fmt: skip
    shown[seen].show(viewed)


def promise(run: Run) -> str:
    """How often the model is right, for who does not know the methods, and that it always answers, where it does."""
    if threshold.told(run):
        return _accuracy(run)
    marked = _("Answers below {least} are marked “not sure”.", least=percent(threshold.DEFAULT))
    return together(_accuracy(run), _("The model always predicts one of its classes."), marked)


def _accuracy(run: Run) -> str:
    """Of few test examples a percentage would promise more than was seen, and so it would where all were right."""
    measured, items = run.result["test"]["accuracy"], run.result["data"]["test"]
    shares_of_100 = {"right": 100 * measured["value"], "low": 100 * measured["low"], "high": 100 * measured["high"]}
    if items < overview.FEW_TESTED:
        return _("In the test **{right:,} of {n}** were predicted correctly. So few prove little: of 100 new ones it "
                 "may be {low:.0f} to {high:.0f} (95% interval). Expect less on examples of another kind.",
                 **shares_of_100 | {"right": round(items * measured["value"])},
                 n=count("{n} example", "{n} examples", items))  # fmt: skip
    if measured["value"] == 1:
        return _("In the test **all {n:,}** examples were predicted correctly. Of 100 new ones it may be {low:.0f} to "
                 "{high:.0f} (95% interval). Expect less on examples of another kind.", n=items,
                 **shares_of_100)  # fmt: skip
    return _(modalities.of(run.case).promised, items=items, **shares_of_100)


def promised(run: Run) -> None:
    """Tell a visitor the same, and how often it is right for every class."""
    st.markdown(together(promise(run), threshold.told(run)))
    if predictions.of(run) is None:
        return
    found = _classes(run)
    st.markdown(bold(numbered(_("Metrics by class"), len(found["class"]))))
    st.dataframe(
        found, hide_index=True, width="content",  # as wide as a phone
        column_config={
            "class": st.column_config.TextColumn(_("Class"), pinned=True),
            "right": st.column_config.ProgressColumn(
                _("Recall"), format="%.1f%%", min_value=0, max_value=100, width=100,
                help=_(modalities.of(run.case).recognised),
            ),
            "between": st.column_config.TextColumn(_("95% interval"), width=112),
            "items": st.column_config.NumberColumn(_("Examples"), width=76),
        },
    )  # fmt: skip


def _classes(run: Run) -> dict[str, list]:
    test = predictions.of(run).of("test")
    found = []
    for number, name in enumerate(test.classes):
        of_class = test.labels == number
        if of_class.any():
            right = test.right[of_class]
            low, high = metrics.wilson(right)
            between = f"{low:.1%}–{high:.1%}"
            found.append({"class": name, "right": 100 * right.mean(), "between": between, "items": len(right)})
    return {key: [one[key] for one in found] for key in ("class", "right", "between", "items")}
