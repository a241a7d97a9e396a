"""Word and character errors besides the headline, and what they were before fine-tuning."""

from __future__ import annotations

import streamlit as st

from models.errors import N_
from models.evaluation.metrics import FORMER_NAMES, NORMALISATION
from models.text import han
from models.text.spoken_text import CHINESE, SOUNDING_ALIKE
from pages.shared import vocabulary
from pages.shared.i18n import _, together
from pages.task_types import cost
from runs.store.records import Run

EXPLAINED = {
    "wer": N_("Substituted, deleted and inserted words divided by the words spoken."),
    "cer": N_("Substituted, deleted and inserted characters divided by the characters spoken."),
    "raw_wer": N_("Word error rate of the unnormalised texts, with capitals and punctuation."),
    "raw_cer": N_("Character error rate of the unnormalised texts, with capitals and punctuation."),
    "spelling": N_("Share of these errors in which the word was heard and is written otherwise. Counted are "
                   "other spaces (ice cream, icecream) and simplified or traditional forms of a character. So "
                   "are words of five letters or more with the same first letter and consonants (colour, "
                   "color). At most two letters of such a word differ. So are characters that sound alike and "
                   "are confused in writing: {alike}."),
}  # fmt: skip


def explained(run: Run, name: str) -> str:
    alike = " ".join("/".join(some) for some in SOUNDING_ALIKE)
    return together(_(EXPLAINED[name], alike=alike), how_compared(run) if name in FORMER_NAMES else "")


def how_compared(run: Run) -> str:
    """By which rules the texts were compared before errors were counted."""
    if run.result.get(NORMALISATION):
        valued = spoken_in(run) in (*CHINESE, "en")
        return together(
            _("Capitals, punctuation and brackets are ignored; what stands in brackets counts."),
            _("Numbers are compared by value (fifteen, 15).") if valued else "",
        )
    return _("Measured by Whisper’s normalisation, which also deletes everything in brackets. Later runs keep it, so "
             "their rates cannot be compared with this one.")  # fmt: skip


def spoken_in(run: Run) -> str:
    return (run.facts or {}).get("language") or run.settings.get("language", "")


def beside(run: Run) -> str:
    """The rate before normalisation, where it is another, and how much of the errors is spelling alone."""
    metric, test = vocabulary.task_of(run).metric, run.result["test"]
    rate, raw, spelling = (test.get(name, {}).get("value", 0.0) for name in (metric, f"raw_{metric}", "spelling"))
    shown = vocabulary.figure(metric, raw)
    return together(
        _("Before normalisation: {value}.", value=shown) if shown != vocabulary.figure(metric, rate) else "",
        _("{share:.0%} of the errors are spelling only.", share=spelling) if rate and spelling else "",
    )  # fmt: skip


def figures(run: Run) -> None:
    """Say what the headline counts; what else was measured is folded."""
    task = vocabulary.task_of(run)
    [untouched], first = task.baselines, task.metric
    st.caption(together(explained(run, first), _("{metric}: lower is better.", metric=vocabulary.metric(first)),
                        _(untouched.told)))  # fmt: skip
    if script := (run.facts or {}).get("script"):
        st.caption(_("Both outputs are converted to {_characters}, as in the transcripts.",
                     _characters=han.SCRIPTS[script]))  # fmt: skip
    with st.expander(_("Details")):
        _details(run)


def shown(run: Run) -> list[str]:
    """The metrics that are told, the first first; of a language without spaces none of words."""
    first = vocabulary.task_of(run).metric
    others = ("cer", "raw_wer", "raw_cer", "spelling") if first == "wer" else ("raw_cer", "spelling")
    return [first, *filter(run.result["test"].get, others)]


def _details(run: Run) -> None:
    task = vocabulary.task_of(run)
    [untouched] = task.baselines
    test, before = run.result["test"], run.result["references"][untouched.name]
    with st.container(horizontal=True, gap="medium"):
        for name in shown(run)[1:]:
            value = test[name]
            st.metric(vocabulary.measured(run, name), f"{value['value']:.1%}", width="content", help=together(
                explained(run, name), _("95% interval: {low:.1%} to {high:.1%} (bootstrap over the test "
                                      "recordings).", low=value["low"], high=value["high"]),
                _("Before fine-tuning: {before:.1%}.", before=before[name]["value"])))  # fmt: skip
        cost.show(run)
