"""Word and character errors besides the headline, and what they were before fine-tuning."""

from __future__ import annotations

import streamlit as st

from models.errors import N_
from models.text import han
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from pages.task_types import cost
from runs.store.records import Run

EXPLAINED = {
    "wer": N_("Substituted, deleted and inserted words divided by the words spoken, after Whisper normalisation."),
    "cer": N_("Substituted, deleted and inserted characters divided by the characters spoken, ignoring capitals and "
              "punctuation."),
    "raw_wer": N_("Word error rate of the unnormalised texts, with capitals and punctuation."),
    "raw_cer": N_("Character error rate of the unnormalised texts, with capitals and punctuation."),
}  # fmt: skip


def figures(run: Run) -> None:
    """Say what the headline counts; what else was measured is folded."""
    task = vocabulary.task_of(run)
    [untouched], first = task.baselines, task.metric
    st.caption(together(_(EXPLAINED[first]), _("{metric}: lower is better.", metric=vocabulary.metric(first)),
                        _(untouched.told)))  # fmt: skip
    if script := (run.facts or {}).get("script"):
        st.caption(_("Both outputs are converted to {_characters}, as in the transcripts.",
                     _characters=han.SCRIPTS[script]))  # fmt: skip
    with st.expander(_("Details")):
        _details(run)


def _details(run: Run) -> None:
    task = vocabulary.task_of(run)
    [untouched], first = task.baselines, task.metric
    test, before = run.result["test"], run.result["references"][untouched.name]
    told = ("cer", "raw_wer", "raw_cer") if first == "wer" else ("raw_cer",)  # without spaces no words
    with st.container(horizontal=True, gap="medium"):
        for name in told:
            value = test[name]
            st.metric(vocabulary.metric(name), f"{value['value']:.1%}", width="content", help=together(
                _(EXPLAINED[name]), _("95% interval: {low:.1%} to {high:.1%} (bootstrap over the test "
                                      "recordings).", low=value["low"], high=value["high"]),
                _("Before fine-tuning: {before:.1%}.", before=before[name]["value"])))  # fmt: skip
        cost.show(run)
