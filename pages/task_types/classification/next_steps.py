"""What may make a classifier better, each with what was measured: in its training, its answers, its learning curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from cases import ranges
from cases.classification.conditions import has_final_fit
from models.evaluation import metrics
from models.evaluation.baseline_comparison import ABOVE, BELOW
from models.evaluation.learning_curve import RISING
from models.evaluation.predictions import Predictions
from pages.shared.i18n import _, count, together
from pages.shared.text import plain
from pages.task_types import state, verdict
from pages.task_types.base import NextStep
from pages.task_types.classification import item_browser, labels, learning_curve, overview
from pages.task_types.classification.item_browser import Viewed
from pages.task_types.learning_curve import open_ as open_curve
from runs.results import learning_curve as kept_curve
from runs.results import metric_history, predictions
from runs.results.diagnosis import Diagnosis, classes
from runs.results.metric_history import Curve
from runs.results.overfitting import RISEN, still_falling
from runs.store.records import Run

LONGEST = 1000  # epochs that are offered at most
UNEVEN = 3  # times as large as the smallest class the largest is, at least
FEW = 20  # answers about two classes, or a group of them, below which nothing is said
CHANCE, APART = 0.5, 0.7  # two classes are told apart no better than by chance, and surely not as well as that


def next_steps(run: Run) -> list[NextStep]:
    if verdict.unfinished(run) or run.result["test"]["accuracy"]["value"] == 1:
        return []
    viewed = item_browser.open_for(run)
    found = [_larger(run, viewed), *_of_training(run), _more_examples(run)]
    if viewed is not None:
        judged = viewed.outcome.out_of_fold or viewed.outcome.of("validation")
        found += [_doubts(viewed), *([_balance(run, judged), _merge(judged)] if len(judged.labels) else [])]
    return [step for step in found if step is not None]


def _larger(run: Run, viewed: Viewed | None) -> NextStep | None:
    """More of the network: where the model is hardly better than a baseline, or the frozen features end."""
    changed = overview.larger(run, len(viewed.outcome.classes) if viewed else 1)
    if not changed:
        return None
    found = verdict.of(run)
    if found.standing == ABOVE:
        ends = _features_end(viewed, changed) if viewed is not None else None
        return ends or (_features_only(changed) if overview.at_start(run) else None)
    if overview.overfits(run):  # what learns too much by heart already would so all the more
        return None
    _name, value = found.strongest
    if found.standing == BELOW:
        reason = _("On the test set worse than the strongest baseline ({value:.1%}). Training more of the network may "
                   "help.", value=value)  # fmt: skip
    else:
        reason = _("On the test set not clearly better than the strongest baseline ({value:.1%}). Training more of the "
                   "network may help.", value=value)  # fmt: skip
    return NextStep("larger", reason, changed)


def _features_end(viewed: Viewed, changed: Mapping[str, Any]) -> NextStep | None:
    """Where the head errs on the examples that it learnt from nearly as often as on others."""
    found = classes.as_wrong_on_training(viewed.outcome, predictions.held_out_accuracy(viewed.run, viewed.outcome))
    if found is None:
        return None
    known, new = found
    reason = _("Only {known:.1%} right even on training examples ({new:.1%} held out). The frozen features end here.",
               known=known, new=new)  # fmt: skip
    return NextStep("larger", reason, changed)


def _features_only(changed: Mapping[str, Any]) -> NextStep:
    return NextStep("larger", _("Only the head was trained, on features that do not adapt to your data. Training more "
                                "of the network is slower, often better."), changed)  # fmt: skip


def _of_training(run: Run) -> list[NextStep | None]:
    """What the curves ask for; nothing where another fit replaced what they show. What was clearly better after the
    loss had risen need not end before it does."""
    if has_final_fit(run.settings) or "stopped" in run.result:
        return []
    overfits, losses = overview.overfits(run), metric_history.history(run).validation.get("loss")
    if losses is None or len(losses.value) < RISEN + 2:
        return []
    kept = run.result.get("trained", {}).get("best_epoch")
    if overfits is None:
        return [_longer(losses)]
    return [_shorter(overfits, kept)] if overfits.name == "overfitting" and not verdict.kept_share(run) else []


def _shorter(overfits: Diagnosis, kept: float | None) -> NextStep:
    """`kept`: the epoch whose weights the run has."""
    told = overfits.measured
    reason = _("Overfits after epoch {n}: the validation loss then rose by {share:.0%} while the training loss fell.",
               n=told["epoch"], share=told["last"] / told["lowest"] - 1)  # fmt: skip
    if kept == told["epoch"]:
        reason = together(reason, _("That epoch is kept already. A run that ends there also lowers its learning rate "
                                    "by then."))  # fmt: skip
    return NextStep("shorter", reason, {"epochs": told["epoch"]}, icon=":material/timer_off:")


def _longer(losses: Curve) -> NextStep | None:
    """Where the lowest loss is the last, and it fell until then."""
    last, fallen = round(float(losses.epoch[-1])), still_falling(losses)
    if fallen is None or 2 * last > LONGEST:
        return None
    return NextStep("longer", _("The validation loss was still falling at the end: by {share:.0%} over the last fifth.",
                                share=fallen), {"epochs": 2 * last}, icon=":material/more_time:")  # fmt: skip


def _more_examples(run: Run) -> NextStep | None:
    curve = kept_curve.of(run)
    if curve is None or curve.verdict != RISING:
        return None
    reason = _("{n:,} more in all would bring about {points} points ({low} to {high}), by the linear probe.",
               n=curve.more, **learning_curve.in_points(curve))  # fmt: skip
    most = curve.most_rising
    label = (_("More examples of “{label}”", label=plain(learning_curve.class_name(run, most))) if most else
             _("More examples"))  # fmt: skip
    return _look("examples", reason, label, ":material/show_chart:", open_curve)


def _doubts(viewed: Viewed) -> NextStep | None:
    if not (found := labels.waiting(viewed)):
        return None
    reason = together(_("Models that were not trained on them contradict these labels."), labels.tested(found))
    return _look("labels", reason, count("Review {n} label", "Review {n} labels", len(found)), ":material/label:",
                 partial(labels.open_, viewed.run))  # fmt: skip


def _balance(run: Run, judged: Predictions) -> NextStep | None:
    """Where classes are uneven and the small ones are recognised less often, more clearly than by chance."""
    counts = np.bincount(judged.labels, minlength=len(judged.classes))
    there = counts[counts > 0]
    if run.settings.get("loss") != "cross_entropy" or has_final_fit(run.settings) or len(there) < 2:
        return None
    small = counts[judged.labels] < there.mean()
    if there.max() < UNEVEN * there.min() or min(small.sum(), (~small).sum()) < FEW:
        return None
    few, many = judged.right[small], judged.right[~small]
    if metrics.wilson(few)[1] >= metrics.wilson(many)[0]:
        return None
    return NextStep("balance", _("Small classes are recognised less often: {few:.1%}, large ones {many:.1%}.",
                                 few=float(few.mean()), many=float(many.mean())),
                    {"loss": "balanced"}, icon=":material/balance:")  # fmt: skip


def _merge(judged: Predictions) -> NextStep | None:
    """Propose to merge the two classes that are most often confused, if the model separates them no better than chance.
    Of ranges, only neighbours are merged, which gives a range again."""
    places = ranges.order(judged.classes)
    cells = metrics.confusion(judged.labels, judged.predicted, len(judged.classes))
    between = np.triu(cells + cells.T, 1)
    for place in np.argsort(-between, axis=None, kind="stable")[:FEW].tolist():
        one, other = divmod(place, len(judged.classes))
        right, asked = cells[one, one] + cells[other, other], cells[np.ix_([one, other], [one, other])].sum()
        may = _may_be_one(judged.classes[one], judged.classes[other], places)
        if not between[one, other] or asked < FEW or not may:
            continue
        low, high = metrics.wilson(np.arange(asked) < right)
        if low <= CHANCE and high <= APART:
            return _pair(judged, one, other, right / asked)
    return None


def _may_be_one(one: str, other: str, places: Mapping[str, int]) -> bool:
    """`places`: of the ranges among the classes."""
    if one in places and other in places:
        return abs(places[one] - places[other]) == 1
    return one not in places and other not in places


def _pair(judged: Predictions, one: int, other: int, share: float) -> NextStep:
    names = {"one": plain(judged.classes[one]), "other": plain(judged.classes[other])}
    reason = _("Only {share:.0%} of them are told apart correctly, about as many as by chance. Merging makes the task "
               "easier, not the model better.", share=share)  # fmt: skip
    return _look("merge", reason, _("Merge “{one}” and “{other}”?", **names), ":material/call_merge:",
                 partial(_open_cell, one, other))  # fmt: skip


def _open_cell(one: int, other: int) -> None:
    state.put("see", "classes")
    state.put_cell(one, other)


def _look(name: str, reason: str, label: str, icon: str, open_: Callable[[], None]) -> NextStep:
    nothing: Mapping[str, Any] = {}
    return NextStep(name, reason, nothing, label, icon, open_)
