"""Evaluate: how good the model is on the test part, in plain words."""

from __future__ import annotations

import streamlit as st

from pages.parts import charts, owner, waiting
from pages.parts.language import _, current
from runs import store
from runs.store import Run


def show(run: Run) -> None:
    keeping = store.latest("keep", run.id, owner.current()) if run.status == "stopped" and not run.result else None
    if keeping and not keeping.ended_already:
        st.header(_("5 · Evaluate"), anchor=False)
        waiting.show(keeping, _("The best so far is evaluated and packed."))
    if not run.result:
        return
    st.header(_("5 · Evaluate"), anchor=False)
    accuracy, items = run.result["test"]["accuracy"], run.result["data"]["test"]
    st.markdown(
        _("Of 100 new pictures like these the model gets about **{right:.0f}** right. "
          "Measured once, on {items} test pictures kept out of training; with a confidence of 95 % the true figure "
          "lies between {low:.0f} and {high:.0f}.",
          right=100 * accuracy["value"], low=100 * accuracy["low"], high=100 * accuracy["high"], items=items)
    )  # fmt: skip
    st.markdown(_verdict(run))
    _figures(run)


def _verdict(run: Run) -> str:
    """Whether the training was worth it, against the stronger reference line."""
    model = run.result["test"]["accuracy"]
    frozen = run.result["references"]["frozen_features"]["accuracy"]["value"]
    if model["low"] > frozen:
        return _("It lies clearly above the frozen features ({frozen:.1%}): the training was worth it.", frozen=frozen)
    if run.settings["mode"] == "full":
        return _("On this many test pictures it cannot be told apart from the frozen features ({frozen:.1%}). More "
                 "pictures help most; then try fewer epochs or a smaller learning rate.", frozen=frozen)  # fmt: skip
    return _("On this many test pictures it cannot be told apart from the frozen features ({frozen:.1%}), as is usual "
             "when only part of the network learns. Try “The whole network”: it takes longer and often does better.",
             frozen=frozen)  # fmt: skip


def _figures(run: Run) -> None:
    test, references = run.result["test"], run.result["references"]
    gap = "" if current() == "zh" else " "
    balanced = _("The mean over classes of F1, the balance of precision and recall: small classes count as much as "
                 "large ones.")  # fmt: skip
    with st.container(horizontal=True, gap="large"):
        st.metric(_("Accuracy"), f"{test['accuracy']['value']:.1%}", help=_interval(test["accuracy"]), width="content")
        st.metric(
            _("Macro-F1"), f"{test['macro_f1']['value']:.1%}", help=balanced + gap + _interval(test["macro_f1"]),
            width="content",
        )  # fmt: skip
        st.metric(
            _("Time"), _("{n:.0f} s", n=sum(run.result["seconds"].values())), width="content",
            help=_("To prepare, train, evaluate and pack, over all attempts."),
        )  # fmt: skip
        st.metric(_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB", width="content")
    names = [_("This model"), _("Frozen features"), _("Commonest class")]
    values = [test["accuracy"], references["frozen_features"]["accuracy"], references["majority"]["accuracy"]]
    st.plotly_chart(
        charts.intervals(names, values), key=f"references_{run.id}", config=charts.CONFIG,
        alt=_("Accuracy of this model beside the two reference lines"),
    )  # fmt: skip
    st.caption(
        _("Frozen features: logistic regression on what the pretrained network sees, without any fine-tuning. "
          "Commonest class: always the same answer. A model is worth its training when it lies clearly above both.")
    )  # fmt: skip


def _interval(value: dict[str, float]) -> str:
    return _("95 % interval: {low:.1%} to {high:.1%}.", low=value["low"], high=value["high"])
