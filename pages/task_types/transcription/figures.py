"""Word and character errors beside those of the untouched model."""

from __future__ import annotations

import streamlit as st

from models.errors import N_
from models.text import han
from pages.shared import durations, vocabulary
from pages.shared.i18n import _, together
from pages.task_types.figures import intervals
from runs.store.records import Run

EXPLAINED = {
    "wer": N_("Substituted, deleted and inserted words divided by the words spoken, after Whisper normalisation."),
    "cer": N_("Substituted, deleted and inserted characters divided by the characters spoken, ignoring capitals and "
              "punctuation."),
    "raw_wer": N_("Word error rate of the unnormalised texts, with capitals and punctuation."),
    "raw_cer": N_("Character error rate of the unnormalised texts, with capitals and punctuation."),
}  # fmt: skip


def figures(run: Run) -> None:
    task = vocabulary.task_of(run)
    [untouched], first = task.baselines, task.metric
    test, before = run.result["test"], run.result["references"][untouched.name]
    told = ("wer", "cer", "raw_wer", "raw_cer") if first == "wer" else ("cer", "raw_cer")  # without spaces no words
    with st.container(horizontal=True, gap="medium"):
        for name in told:
            value = test[name]
            st.metric(vocabulary.metric(name), f"{value['value']:.1%}", width="content", help=together(
                _(EXPLAINED[name]), _("95% interval: {low:.1%} to {high:.1%} (bootstrap over the test "
                                      "recordings).", low=value["low"], high=value["high"]),
                _("Before fine-tuning: {before:.1%}.", before=before[name]["value"])))  # fmt: skip
        st.metric(_("Time"), durations.told(sum(run.result["seconds"].values())), width="content",
                  help=_("Preparation, training, evaluation and export, over all attempts."))  # fmt: skip
        st.metric(_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB", width="content")
    names = [_("This model"), _(untouched.title)]
    intervals(names, [test[first], before[first]], key=f"references_{run.id}", metric=first,
              alt=_("{metric} before and after fine-tuning", metric=vocabulary.metric(first)))  # fmt: skip
    st.caption(together(_("{metric}: lower is better.", metric=vocabulary.metric(first)), _(untouched.told)))
    if script := (run.facts or {}).get("script"):
        st.caption(_("Both outputs are converted to {_characters}, as in the transcripts.",
                     _characters=han.SCRIPTS[script]))  # fmt: skip
