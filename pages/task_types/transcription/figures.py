"""Word and character errors beside those of the untouched model."""

from __future__ import annotations

import streamlit as st

from models.errors import N_
from models.text import han
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from pages.task_types.figures import intervals
from runs.store.records import Run

EXPLAINED = {
    "wer": N_("Word error rate: the fewest words to exchange, leave out or put in, by the number of words that were "
              "said. Capitals, punctuation and the way numbers are written do not count (Whisper's own rules)."),
    "cer": N_("Character error rate: the fewest characters to exchange, leave out or put in, by the number of "
              "characters that were said. Capitals and punctuation do not count. A word that is nearly right counts "
              "little."),
    "raw_wer": N_("The word error rate of the texts as they stand, capitals and punctuation included."),
    "raw_cer": N_("The character error rate of the texts as they stand, capitals and punctuation included."),
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
                _(EXPLAINED[name]), _("95% interval: {low:.1%} to {high:.1%}, from drawing the test recordings again "
                                       "and again (bootstrap).", low=value["low"], high=value["high"]),
                _("The untouched model: {before:.1%}.", before=before[name]["value"])))  # fmt: skip
        st.metric(_("Time"), _("{n:.0f} s", n=sum(run.result["seconds"].values())), width="content",
                  help=_("Preparation, training, evaluation and packing, over all attempts."))  # fmt: skip
        st.metric(_("Peak memory"), f"{run.result['peak_memory_mb'] / 1024:.1f} GB", width="content")
    names = [_("This model"), _(untouched.title)]
    intervals(names, [test[first], before[first]], key=f"references_{run.id}", metric=first,
              alt=_("{metric} of this model beside the untouched one", metric=vocabulary.metric(first)))  # fmt: skip
    st.caption(together(_("{metric}: less is better.", metric=vocabulary.metric(first)), _(untouched.told)))
    if script := (run.facts or {}).get("script"):
        st.caption(_("Both write {_characters}, as the transcripts do; characters of the other script are replaced.",
                     _characters=han.SCRIPTS[script]))  # fmt: skip
