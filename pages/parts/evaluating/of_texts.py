"""Recordings whose words are written down; see `pages.parts.evaluating.kind.Kind`."""

from __future__ import annotations

import streamlit as st

import cases
from cases import tasks
from cases.dataset import Dataset
from models.errors import N_
from pages.parts import owner
from pages.parts import words as vocabulary
from pages.parts.evaluating import state, transcript_views
from pages.parts.evaluating.transcript_figures import figures
from pages.parts.evaluating.transcript_views import Viewed
from pages.parts.language import _
from runs import edits, files, store, transcripts
from runs.store import Run

FEW_TESTED = 20  # recordings; below that the figure says little


SAID = {  # metric, which is that of the language → what is said of it
    "wer": (
        N_("Of 100 words that are said about **{value:.1f}** come out wrong. Measured once, on {items:,} test "
           "recordings kept out of training; with a confidence of 95 % the true figure lies between {low:.1f} "
           "and {high:.1f}."),
        N_("Of 100 words in recordings like those it learnt from about **{value:.1f}** come out wrong; with a "
           "confidence of 95 % the true figure lies between {low:.1f} and {high:.1f}. Measured once, on "
           "{items:,} recordings it had never heard. With other voices, rooms or microphones it may do worse, "
           "and of noise it may make words."),
    ),
    "cer": (
        N_("Of 100 characters that are said about **{value:.1f}** come out wrong. Measured once, on {items:,} test "
           "recordings kept out of training; with a confidence of 95 % the true figure lies between {low:.1f} "
           "and {high:.1f}."),
        N_("Of 100 characters in recordings like those it learnt from about **{value:.1f}** come out wrong; with a "
           "confidence of 95 % the true figure lies between {low:.1f} and {high:.1f}. Measured once, on "
           "{items:,} recordings it had never heard. With other voices, rooms or microphones it may do worse, "
           "and of noise it may make words."),
    ),
}  # fmt: skip


def headline(run: Run) -> None:
    st.markdown(_said(run, 0))
    st.markdown(_verdict(run))
    if run.result["data"]["test"] < FEW_TESTED:
        st.caption(_("So few recordings tell little. Test on more."))


def _said(run: Run, where: int) -> str:
    metric = vocabulary.task_of(run).metric
    told = {name: 100 * run.result["test"][metric][name] for name in ("value", "low", "high")}
    return _(SAID[metric][where], items=run.result["data"]["test"], **told)


def _verdict(run: Run) -> str:
    metric = vocabulary.task_of(run).metric
    test, before = run.result["test"][metric], run.result["references"]["untouched"][metric]["value"]
    if test["high"] < before:
        return _("The untouched model gets {before:.1f} of 100 wrong: the training was worth it.", before=100 * before)
    if test["value"] <= before:
        return _("On this many recordings that cannot be told apart from the untouched model, which gets {before:.1f} "
                 "wrong. More recordings help most.", before=100 * before)  # fmt: skip
    return _("The untouched model gets only {before:.1f} wrong, so the training did harm. Look whether the transcripts "
             "are right, then try fewer epochs or a smaller learning rate.", before=100 * before)  # fmt: skip


def open_for(run: Run) -> Viewed | None:
    table, row = transcripts.of(run), store.dataset(run.dataset, owner.current())
    folder = files.datasets() / run.dataset
    if table is None or row is None or not (folder / "facts.json").exists():
        return None
    dataset = Dataset.open(folder, edits.current(owner.current(), run.dataset))
    return Viewed(run, tasks.seen(cases.get(run.case), dataset, run.settings), table)


def views() -> dict[str, str]:
    return {"texts": _("Recordings"), "words": _("Mistakes"), "overview": _("Figures")}


def wait(run: Run, seen: str) -> bool:
    return False


def show(viewed: Viewed, seen: str) -> None:
    drawn = {"texts": transcript_views.texts, "words": transcript_views.words,
             "overview": lambda one: figures(one.run)}  # fmt: skip
    drawn[seen](viewed)


def opened(run: Run) -> None:
    if state.item() is None:
        return

    @st.dialog(_("A closer look"), width=960, on_dismiss=lambda: state.put("item", None))
    def look() -> None:
        transcript_views.closer(open_for(run), state.item())

    look()


def promised(run: Run) -> None:
    st.markdown(_said(run, 1))
