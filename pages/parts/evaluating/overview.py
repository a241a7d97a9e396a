"""Overview: the figure in plain words, beside what needs no training, and what changed from another run."""

from __future__ import annotations

import streamlit as st

from cases.knobs import has_final_fit
from models import metrics
from models.errors import N_
from models.outcome import Outcome
from models.verdict import ABOVE
from pages.parts import media, words
from pages.parts.evaluating import comparison, verdict
from pages.parts.evaluating.browsing import Viewed
from pages.parts.evaluating.figures import intervals
from pages.parts.language import _, count, together
from runs.store import Run

FEW_TESTED = 20  # items; below that no share of 100 is worth a headline
FEW, SEVERAL = 3, 5  # top-3 says something where there are at least five classes


def headline(run: Run) -> None:
    medium, accuracy, items = media.of(run.case), run.result["test"]["accuracy"], run.result["data"]["test"]
    told = {"items": items, "low": 100 * accuracy["low"], "high": 100 * accuracy["high"]}
    if items < FEW_TESTED:
        st.markdown(_(medium.few_tested, right=round(items * accuracy["value"]), **told))
    else:
        st.markdown(_(medium.expected, right=100 * accuracy["value"], **told))
    st.markdown(together(verdict.told(run, tested(run)), verdict.unfinished(run) or _advice(run)))


def tested(run: Run) -> str:
    return count("{n} test example", "{n} test examples", run.result["data"]["test"])


def _advice(run: Run) -> str:
    """What may do better; "" where the training was worth it."""
    if run.result["test"]["accuracy"]["value"] == 1:
        return _(media.of(run.case).no_mistake)
    if verdict.of(run).standing == ABOVE:
        return _("The training was worth it.")
    if run.settings["mode"] == "full":
        return _("More data help most; then try fewer epochs or a smaller learning rate.")
    return _("More data help most; then let more of the network learn: it takes longer and often does better.")


def show(viewed: Viewed) -> None:
    figures(viewed.run, viewed.outcome.of("test"))
    comparison.show(viewed)


def figures(run: Run, test: Outcome | None) -> None:
    """`test`: the single answers; None for a run of which they are not kept."""
    measured, references = run.result["test"], run.result["references"]
    balanced = _("The mean over classes of F1, the balance of precision and recall: small classes count as much as "
                 "large ones.")  # fmt: skip
    with st.container(horizontal=True, gap="medium"):
        _figure(_("Accuracy"), measured["accuracy"]["value"], _interval(measured["accuracy"]))
        _figure(_("Macro-F1"), measured["macro_f1"]["value"], together(balanced, _interval(measured["macro_f1"])))
        if test is not None:
            _ranked(test)
        st.metric(
            _("Time"), _("{n:.0f} s", n=sum(run.result["seconds"].values())), width="content",
            help=_("To prepare, train, evaluate and pack, over all attempts."),
        )  # fmt: skip
        st.metric(_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB", width="content")
    shown = {name: title for name, title in words.references().items() if name in references}
    values = [measured["accuracy"], *(references[name]["accuracy"] for name in shown)]
    intervals([_("This model"), *shown.values()], values, key=f"references_{run.id}", metric="accuracy",
              alt=_("Accuracy of this model beside what needs no fine-tuning"))  # fmt: skip
    if has_final_fit(run.settings) and "stopped" not in run.result:
        st.caption(_("After training this model was fitted once more, on training and validation data together: its "
                     "figures are not those of the curves."))  # fmt: skip
    worth = _("A model is worth its training when it lies clearly above them.")
    st.caption(together(*(_(_EXPLAINED[name]) for name in shown), worth))


_EXPLAINED = {
    "frozen_features": N_("Linear probe: logistic regression on what the pretrained network sees, without any "
                          "fine-tuning."),
    "word_counts": N_("Word counts: logistic regression on which words stand in a text (TF-IDF), without any "
                      "network."),
    "mfcc": N_("Sound statistics: logistic regression on means and deviations of cepstral coefficients (MFCC), without "
               "any network."),
    "majority": N_("Majority class: always the same answer."),
}  # fmt: skip


def _ranked(test: Outcome) -> None:
    """Figures that ask for more than the first answer."""
    if len(test.classes) >= SEVERAL:
        _figure(_("Top 3"), metrics.top(test.probabilities, test.labels, FEW),
                _("How often the label is among the three classes the model holds likeliest."))  # fmt: skip
    area = metrics.roc_auc(test.probabilities, test.labels)
    if area is not None:
        st.metric(
            "ROC-AUC", f"{area:.3f}", width="content",
            help=_("How surely an item of a class is ranked above one of another, averaged over classes: 1 always, 0.5 "
                   "by chance."),
        )  # fmt: skip


def _figure(name: str, value: float, help: str) -> None:
    st.metric(name, f"{value:.1%}", help=help, width="content")


def _interval(value: dict[str, float]) -> str:
    return _(
        "95% interval: {low:.1%} to {high:.1%}, from drawing the test items again and again (bootstrap), one right "
        "and one wrong answer added, so that few items do not look certain.",
        low=value["low"], high=value["high"],
    )  # fmt: skip
