"""Overview: the figure and its verdict, the baselines beside it, and what changed from another run."""

from __future__ import annotations

import streamlit as st

import cases
from cases.classification.conditions import has_final_fit
from cases.classification.hyperparameters import LOWER, ensemble_outcome
from cases.classification.settings import larger_part
from cases.hyperparameters import LITTLE
from cases.settings import AUTOMATIC
from models.errors import N_
from models.evaluation import metrics, significance
from models.evaluation.baseline_comparison import ABOVE, BELOW
from models.evaluation.predictions import Predictions
from pages import modalities
from pages.shared import vocabulary
from pages.shared.i18n import _, count, together
from pages.shared.text import bold
from pages.task_types import cost, diagnosis, generalization, interval_figure, leak_note, result_figure, verdict
from pages.task_types.classification import comparison, threshold, worst
from pages.task_types.classification.item_browser import Viewed
from pages.task_types.generalization import Gap
from runs.results import learning_curve as kept_curve
from runs.results import metric_history, predictions
from runs.results.diagnosis import Diagnosis, training
from runs.store.records import Run

FEW_TESTED = 20  # items; below that the figure says little
FEW, SEVERAL = 3, 5  # top-3 says something where there are at least five classes
CAUSES = N_(
    "Validation examples may resemble the training data more, as duplicates or parts of one source do. Trust the test "
    "score, and keep related examples in one split."
)


def headline(run: Run) -> None:
    """Show how often the model is right, and say whether its baselines are as good and what may do better."""
    accuracy, items = run.result["test"]["accuracy"]["value"], run.result["data"]["test"]
    result_figure.show(run, _("{right:,} of {tested}, never used in training", right=round(items * accuracy),
                              tested=tested(run)))  # fmt: skip
    st.markdown(together(verdict.briefly(run), settled(run), verdict.unfinished(run) or _advice(run)))
    if before := verdict.before_told(run):
        st.markdown(before)
    if parts := side_by_side(run):
        st.markdown(parts)
    if both := _ensemble(run):
        st.caption(both)
    if (run.result.get("trained") or {}).get("class_names"):
        st.caption(
            _("The class names are used, too: cross-validation on the training set was clearly better with them.")
        )
    if limited := threshold.told(run):
        st.caption(together(limited, _("The accuracy above counts every answer.")))
    if items < FEW_TESTED:
        st.caption(_(modalities.of(run.case).few_tested))


def overfits(run: Run) -> Diagnosis | None:
    """What its curves show of overfitting, if anything."""
    found = training.diagnose(metric_history.history(run))
    return next((one for one in found if one.name.startswith("overfitting")), None)


def settled(run: Run) -> str:
    """Which weights were kept, see `verdict.kept`; where they are of a training whose loss rose, why nevertheless."""
    told = verdict.kept(
        run,
        N_("Kept: the **start**, a linear probe. Fine-tuning was not clearly better on the validation set."),
        N_("Kept: weights **between start and end** ({share:.0%} of the way), clearly better than the start on the "
           "validation set."),
        N_("Kept: the **end** of fine-tuning, clearly better than its start on the validation set."),
    )  # fmt: skip
    if not verdict.kept_share(run) or not overfits(run):
        return told
    return together(told, _("The loss rose by overconfidence; start and end were compared with calibrated "
                            "probabilities."))  # fmt: skip


def gap(run: Run) -> Gap | None:
    return generalization.gap(run, run.result["data"]["test"], significance.shares_apart)


def tested(run: Run) -> str:
    return count("{n} test example", "{n} test examples", run.result["data"]["test"])


def side_by_side(run: Run) -> str:
    """See `verdict.side_by_side`; "" where the network answers alone."""
    judged = (run.result.get("trained") or {}).get("ensemble")
    return verdict.side_by_side(run, judged["member"], {vocabulary.NETWORK: judged["alone"]}) if (
        judged and judged["taken"]) else ""  # fmt: skip


def _ensemble(run: Run) -> str:
    """Whether a second model answers together with the network, and why; "" where there is none."""
    judged, told = (run.result.get("trained") or {}).get("ensemble"), vocabulary.task_of(run).ensemble
    if not judged or not told:
        return ""
    outcome = ensemble_outcome(judged["taken"], judged["alone"], judged["together"])
    # the losses of earlier runs are not known; where fewer answers are right, no loss would be low enough
    decided = judged["way"] == AUTOMATIC and "loss_together" in judged and outcome != LOWER
    loss = _("The log loss decides, where lower is better: {together:.3f} with them, {alone:.3f} without.",
             together=judged["loss_together"], alone=judged["loss_alone"]) if decided else ""  # fmt: skip
    return together(_(told[judged["part"], outcome], **judged), loss)


def _advice(run: Run) -> str:
    """What may do better; "" where the training was worth it."""
    if run.result["test"]["accuracy"]["value"] == 1:
        return "" if leak_note.told(run) else _(modalities.of(run.case).no_mistake)
    if diagnosis.training_share(run) < LITTLE:  # no wonder, whatever else may help
        return ""
    if verdict.kept_share(run) == 0:  # what was trained is not the model
        return _more(run)
    if verdict.standing(run) == ABOVE and not at_start(run):
        return _("Training paid off.")
    if overfits(run):
        fewer = (
            _("Against overfitting, try fewer epochs or a lower learning rate.") if not verdict.kept_share(run) else ""
        )
        return together(_more(run), fewer)
    further = _("Next, train a larger part of the network: slower, often better.") if larger(run) else ""
    return together(_more(run), further)


def at_start(run: Run) -> bool:
    """Whether the features, which no settings change, are all that the model is good for."""
    found = verdict.before(run)
    return found is not None and found.standing != ABOVE


def _more(run: Run) -> str:
    """That more data may help; "" once it was measured by how much."""
    return "" if kept_curve.of(run) else _("More data usually helps; the learning curve estimates by how much.")


def larger(run: Run, classes: int = 1) -> dict[str, str]:
    """Return the setting that trains a larger part of the network.

    Empty if all of it was trained, or if every validation example is right and no baseline is better on the test set:
    then nothing could be measured as better, and more data are the next step.

    Args:
        classes: number of classes if known; whether there is such a setting does not depend on it.
    """
    if predictions.validated(run).get("value") == 1 and verdict.standing(run) != BELOW:
        return {}
    examples = run.result["data"]["train"]
    return larger_part(cases.get(run.case).Settings, run.settings, examples=examples, classes=classes)


def show(viewed: Viewed) -> None:
    worst.show(viewed)
    figures(viewed.run, predictions.of(viewed.run))  # of the whole test part, also where a slice is looked at
    comparison.show(viewed)


def figures(run: Run, outcome: Predictions | None) -> None:
    """`outcome`: the single answers; None for a run of which they are not kept."""
    measured, references = run.result["test"], run.result["references"]
    shown = [one for one in vocabulary.task_of(run).baselines if one.name in references]
    st.markdown(bold(_("Baselines on the test set")))
    interval_figure.show(
        [_(one.title) for one in shown], [references[one.name]["accuracy"] for one in shown],
        key=f"references_{run.id}", metric="accuracy", model=measured["accuracy"],
        alt=_("Accuracy of this model and the baselines"),
    )  # fmt: skip
    if has_final_fit(run.settings) and "stopped" not in run.result:
        st.caption(_("Final fit on training + validation: these metrics differ from the training curves."))
    bounds = _("95% intervals: bootstrap over the test examples. Two artificial examples are added, one predicted "
               "correctly and one wrongly, so that few examples do not look certain.")  # fmt: skip
    st.caption(together(*(_(one.told) for one in shown), bounds))
    with st.expander(_("Details")):
        _details(run, outcome)


def _details(run: Run, outcome: Predictions | None) -> None:
    measured = run.result["test"]
    balanced = _("Mean F1 over all classes; small classes count as much as large ones.")
    with st.container(horizontal=True, gap="medium"):
        _validated(run)
        _figure(_("Macro-F1"), measured["macro_f1"]["value"], together(balanced, _interval(measured["macro_f1"])))
        if outcome is not None:
            _ranked(outcome)
        cost.show(run)


def _validated(run: Run) -> None:
    """What the headline does not say: how good the model is where its best epoch was chosen."""
    if known := predictions.validated(run):
        _figure(_("Validation accuracy"), known["value"],
                _("On {n:,} validation examples, which selected the best epoch. A value close to the test accuracy "
                  "means good generalisation.", n=int(known["items"])))  # fmt: skip


def _ranked(outcome: Predictions) -> None:
    """Figures that ask for more than the first answer."""
    test = outcome.of("test")
    if len(test.classes) >= SEVERAL:
        found = metrics.top(test.probabilities, test.labels, FEW)
        _figure(_("Top-3 accuracy"), found["value"],
                together(_("Share of examples whose label is among the three most probable classes."),
                         _interval(found)))  # fmt: skip
    area = outcome.test_roc_auc
    if area is not None:
        st.metric(
            "ROC-AUC", f"{area['value']:.3f}", width="content",
            help=together(_("Probability that an example ranks above one of another class, averaged over classes (1 "
                            "perfect, 0.5 random)."),
                          _("95% interval: {low:.3f} to {high:.3f}.", low=area["low"], high=area["high"])),
        )  # fmt: skip


def _figure(name: str, value: float, help: str) -> None:
    st.metric(name, f"{value:.1%}", help=help, width="content")


def _interval(value: dict[str, float]) -> str:
    return _("95% interval: {low:.1%} to {high:.1%}.", low=value["low"], high=value["high"])
