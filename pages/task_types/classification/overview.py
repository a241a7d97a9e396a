"""Overview: the figure in plain words, beside what needs no training, and what changed from another run."""

from __future__ import annotations

import streamlit as st

import cases
from cases.classification.settings import has_final_fit
from cases.settings import LEARNING, named
from models.evaluation import metrics
from models.evaluation.baseline_comparison import ABOVE
from models.evaluation.predictions import Predictions
from pages import modalities
from pages.shared import durations, vocabulary
from pages.shared.i18n import _, count, together
from pages.task_types import result_figure, verdict
from pages.task_types.classification import comparison, worst
from pages.task_types.classification.item_browser import Viewed
from pages.task_types.figures import intervals
from runs.store.records import Run

FEW_TESTED = 20  # items; below that no share of 100 is worth a headline
FEW, SEVERAL = 3, 5  # top-3 says something where there are at least five classes


def headline(run: Run) -> None:
    """Say in plain words how often the model is right, beside its baselines."""
    modality, accuracy, items = modalities.of(run.case), run.result["test"]["accuracy"], run.result["data"]["test"]
    told = {"items": items, "low": 100 * accuracy["low"], "high": 100 * accuracy["high"]}
    result_figure.show(run, _("{right:,} of {tested}", right=round(items * accuracy["value"]), tested=tested(run)))
    if items < FEW_TESTED:
        st.markdown(_(modality.few_tested, right=round(items * accuracy["value"]), **told))
    else:
        st.markdown(_(modality.expected, right=100 * accuracy["value"], **told))
    st.markdown(together(verdict.told(run, tested(run)), verdict.unfinished(run) or _advice(run)))


def tested(run: Run) -> str:
    return count("{n} test example", "{n} test examples", run.result["data"]["test"])


def _advice(run: Run) -> str:
    """What may do better; "" where the training was worth it."""
    if run.result["test"]["accuracy"]["value"] == 1:
        return _(modalities.of(run.case).no_mistake)
    if verdict.of(run).standing == ABOVE:
        return _("Training paid off.")
    learning = named(cases.get(run.case).Settings, LEARNING)
    if not learning or run.settings[learning] == "full":  # there is no more of it that could learn
        return _("More data helps most. Against overfitting, try fewer epochs or a lower learning rate.")
    return _("More data helps most. Next, train a larger part of the network: slower, often better.")


def show(viewed: Viewed) -> None:
    worst.show(viewed)
    figures(viewed.run, viewed.outcome)
    comparison.show(viewed)


def figures(run: Run, outcome: Predictions | None) -> None:
    """`outcome`: the single answers; None for a run of which they are not kept."""
    measured, references = run.result["test"], run.result["references"]
    shown = [one for one in vocabulary.task_of(run).baselines if one.name in references]
    values = [measured["accuracy"], *(references[one.name]["accuracy"] for one in shown)]
    names = [_("This model"), *(_(one.title) for one in shown)]
    intervals(names, values, key=f"references_{run.id}", metric="accuracy",
              alt=_("Accuracy of this model and the baselines"))  # fmt: skip
    if has_final_fit(run.settings) and "stopped" not in run.result:
        st.caption(_("Final fit on training + validation: these metrics differ from the training curves."))
    worth = _("Training pays off if the model is clearly above the baselines.")
    st.caption(together(*(_(one.told) for one in shown), worth))
    with st.expander(_("Details")):
        _details(run, outcome)


def _details(run: Run, outcome: Predictions | None) -> None:
    measured = run.result["test"]
    balanced = _("Mean F1 over all classes; small classes count as much as large ones.")
    with st.container(horizontal=True, gap="medium"):
        _figure(_("Accuracy"), measured["accuracy"]["value"], _interval(measured["accuracy"]))
        _figure(_("Macro-F1"), measured["macro_f1"]["value"], together(balanced, _interval(measured["macro_f1"])))
        if outcome is not None:
            _ranked(outcome)
        st.metric(
            _("Time"), durations.told(sum(run.result["seconds"].values())), width="content",
            help=_("Preparation, training, evaluation and export, over all attempts."),
        )  # fmt: skip
        st.metric(_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB", width="content")


def _ranked(outcome: Predictions) -> None:
    """Figures that ask for more than the first answer."""
    test = outcome.of("test")
    if len(test.classes) >= SEVERAL:
        _figure(_("Top-3 accuracy"), metrics.top(test.probabilities, test.labels, FEW),
                _("Share of examples whose label is among the three most probable classes."))  # fmt: skip
    area = outcome.test_roc_auc
    if area is not None:
        st.metric(
            "ROC-AUC", f"{area:.3f}", width="content",
            help=_("Probability that an example ranks above one of another class, averaged over classes (1 perfect, "
                   "0.5 random)."),
        )  # fmt: skip


def _figure(name: str, value: float, help: str) -> None:
    st.metric(name, f"{value:.1%}", help=help, width="content")


def _interval(value: dict[str, float]) -> str:
    return _(
        "95% interval: {low:.1%} to {high:.1%} (bootstrap over the test examples, one correct and one wrong added).",
        low=value["low"], high=value["high"],
    )  # fmt: skip
