"""A diagnosis in words: what was measured, the idea of the book that it is, and the ways to its term and its lesson."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

import cases
from cases import hyperparameters
from cases.stored_settings import restored
from models.errors import N_
from pages.shared import glossary, lesson_words, vocabulary
from pages.shared.i18n import _, together
from pages.shared.text import bold, plain
from pages.task_types import generalization
from pages.task_types.generalization import Gap
from runs.lessons import files
from runs.results import metric_history
from runs.results.diagnosis import Diagnosis, foremost, result, training
from runs.results.diagnosis import at_fault as of_settings
from runs.store.records import Run

IN_SUMMARY = ("worse", "leakage", "shift")  # what the summary of a report says already
HARDLY = ("small", "slow")
_IDEA = re.compile(r"\*\*.+?\*\*")
FIGURES = ("value", "low", "high", "other", "alone", "probe")  # those that are told as the metric is


@dataclass(frozen=True)
class Said:
    """`text`: a message id with what was measured; `term` of the glossary, `lesson` where there is one. `more`: what is
    measured only sometimes → a message id that is told then, too."""

    text: str
    term: str
    lesson: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


WORDS: Mapping[str, Said] = {
    "worse": Said(
        N_("{metric} on the test set is {value}, but {baseline} reaches {other}, beyond the 95% interval: **worse than "
           "a baseline**."),
        "baseline",
    ),
    "adds_nothing": Said(
        N_("Every test figure is that of {baseline}, to the last digit: **the network adds nothing**."),
        "baseline",
        more={
            "loss": N_("Its loss of {loss:.3g} is near that of guessing ({guessing:.3g})."),
            "alone": N_("Alone it reaches {alone}, a linear probe on its own features {probe}."),
        },
    ),
    "below_probe": Said(
        N_("On the test set the network alone reaches {value}, {baseline} on its features {other}: **worse than its "
           "own linear probe**."),
        "baseline",
    ),
    "no_better": Said(
        N_("{metric} on the test set is {value} ({low} to {high}); {baseline} alone reaches {other}: **not clearly "
           "better than this baseline**."),
        "baseline",
    ),
    "jumped": Said(
        N_("Training loss jumped from {before:.3g} to {after:.3g} in epoch {epoch}, validation loss with it: "
           "**learning rate too large**."),
        "learning-rate", "learning-rate",
    ),
    "leakage": Said(
        N_("{n:,} of {of:,} test examples are in the training data, too. With them {metric} is {value}, without them "
           "{other}: **data leakage**."),
        "data-leakage", "leakage",
    ),
    "shift": Said("", "generalisation", "leakage"),
    "empty": Said(
        N_("{n:,} of {of:,} test recordings have words, but an empty transcript: **deletion**."), "word-error-rate",
    ),
    "overfitting": Said(
        N_("Since epoch {epoch}, training loss fell from {train:.3g} to {trained:.3g}, but validation loss rose from "
           "{lowest:.3g} to {last:.3g}: **overfitting**."),
        "overfitting", "overfitting",
    ),
    "overfitting_at_once": Said(
        N_("Training loss fell from {train:.3g} to {trained:.3g}, but validation loss rose at once, from {lowest:.3g} "
           "to {last:.3g}: **overfitting**."),
        "overfitting", "overfitting",
    ),
    "slow": Said(
        N_("In {epochs} epochs the loss only went from {before:.3g} to {after:.3g}; that of guessing is "
           "{guessing:.3g}. It fell to the end: **learning rate too small**."),
        "learning-rate", "learning-rate",
    ),
    "small": Said(
        N_("Training loss was {before:.3g} at first and {after:.3g} at the end. Learning rate × epochs is "
           "1/{times:,.0f} of the automatic: **learning rate or training too small**."),
        "learning-rate", "learning-rate",
        {"guessing": N_("The loss of guessing is {guessing:.3g}.")},
    ),
    "underfitting": Said(
        N_("Even of its training examples the model gets only {known:.1%} right, of held-out ones {new:.1%}: "
           "**underfitting**."),
        "underfitting", "model-complexity",
    ),
    "underfitting_apart": Said(
        N_("Even of its training examples the model gets only {known:.1%} right: **underfitting**. Of held-out ones "
           "{new:.1%} are right, {points:.0f} points less: it overfits, too."),
        "underfitting", "model-complexity",
    ),
    "unfinished": Said(
        N_("Validation loss still fell in the last fifth of training, from {before:.3g} to {after:.3g}: **too few "
           "epochs**."),
        "epochs",
    ),
    "imbalance": Said(
        N_("Accuracy is {accuracy:.1%}, but recall of the small class “{label}” is {recall:.1%} ({got} of {of}): "
           "**imbalanced classes**."),
        "imbalance", "imbalance",
    ),
    "overconfident": Said(
        N_("Mean confidence is {confidence:.1%}, accuracy {accuracy:.1%} (calibration error {points:.1f} points): "
           "**over-confident**."),
        "calibration", "confidence",
    ),
    "deletions": Said(
        N_("Of {wrong:,} errors {deleted:,} are deletions, {inserted:,} insertions: the model **leaves out** what was "
           "said."),
        "word-error-rate",
    ),
    "insertions": Said(
        N_("Of {wrong:,} errors {inserted:,} are insertions, {deleted:,} deletions: the model **makes up** what nobody "
           "said."),
        "word-error-rate",
    ),
    "popularity_bias": Said(
        N_("Recommended items have {listed:,.0f} users on average, held-out items {wanted:,.0f}: **popularity bias**."),
        "popularity-bias", "popularity-bias",
        {"coverage": N_("The lists show {coverage:.0%} of the catalogue.")},
    ),
    "cold_items": Said(
        N_("Where held-out items have at most {most:,} users, NDCG@10 is {low:.3f}; elsewhere {rest:.3f}: **cold "
           "start**."),
        "cold-start", "cold-start",
    ),
    "cold_users": Said(
        N_("For users with at most {most:,} interactions NDCG@10 is {low:.3f}, for the others {rest:.3f}: **cold "
           "start**."),
        "cold-start", "cold-start",
    ),
}  # fmt: skip


def of_result(run: Run, gap: Gap | None, causes: str) -> list[Diagnosis]:
    """What every type has: baselines, and a gap between validation and test; `causes` as in `generalization.words`."""
    task = vocabulary.task_of(run)
    found = result.baseline(run.result, task.metric, task.baselines[-1].name)
    told = generalization.words(run, gap, causes)
    return [*([found] if found else []), *([Diagnosis("shift", {"told": told})] if told else [])]


def of_training(run: Run, guessing: float | None = None) -> list[Diagnosis]:
    """What the curves of a run show, which may have ended without a result."""
    return training.diagnose(metric_history.history(run), guessing=guessing, whole=run.status == "done"
                             and "stopped" not in (run.result or {}), share=training_share(run))  # fmt: skip


def training_share(run: Run) -> float:
    """See `cases.hyperparameters.training_share`."""
    return hyperparameters.training_share(*_chosen(run))


def at_fault(run: Run, found: Sequence[Diagnosis]) -> dict[str, Any]:
    """See `runs.results.diagnosis.at_fault`."""
    return of_settings(found, *_chosen(run))


def _chosen(run: Run) -> tuple[type[Any], dict[str, Any], int | None]:
    """The settings of a run, with what it chose itself, and on how many items it trained."""
    form = cases.get(run.case).Settings
    counts = (run.result or {}).get("data") or (run.facts or {}).get("counts") or {}
    return form, restored(form, run.settings) | (run.result or {}).get("chosen", {}), counts.get("train")


def words(run: Run, one: Diagnosis) -> str:
    """What was measured and the idea that it is, as Markdown."""
    if "told" in one.measured:
        return str(one.measured["told"])
    args: dict[str, Any] = dict(one.measured)
    if metric := args.get("metric"):
        args |= {name: vocabulary.figure(metric, args[name]) for name in FIGURES if name in args}
        args["metric"] = vocabulary.metric(metric)
    if "baseline" in args:
        args["baseline"] = plain(vocabulary.baseline(run, args["baseline"]))
    if "class" in args:
        args["label"] = plain(args.pop("class"))
    said = WORDS[one.name]
    return together(_(said.text, **args), *(_(more, **args) for name, more in said.more.items() if args.get(name)))


def show(run: Run, found: Sequence[Diagnosis]) -> list[str]:
    """Draw the foremost, the most important first; nothing where there are none. Returns their names."""
    told = foremost(found)
    if told:
        st.markdown(bold(_("Diagnosis")))
        st.markdown("\n".join(f"- {linked(run, words(run, one), one)}" for one in told))
    return [one.name for one in told]


def hardly_trained(found: Sequence[Diagnosis]) -> str:
    """Warn of a run whose loss stayed near that of guessing; "" for any other run."""
    if not any(one.name in HARDLY and "guessing" in one.measured for one in found):
        return ""
    return _("**Training hardly lowered the loss**, see the diagnosis. The confidences say little, however good the "
             "score.")  # fmt: skip


def linked(run: Run, text: str, one: Diagnosis) -> str:
    """`text` with its idea, which is bold, as a link to the term; and where an author has written one that suits the
    run, the lesson on its data."""
    said = WORDS[one.name]
    told = _IDEA.sub(lambda idea: f"[{idea[0]}]({glossary.link(said.term)})", text, count=1)
    found = files.lessons().get(said.lesson)
    if found is None or not found.suits(run.case, vocabulary.task_of(run).task_type.name):
        return told
    title, way = lesson_words.said(found.title), lesson_words.link(found.id, run.id)
    return f"{told} {_('Lesson:')} [{title}]({way})"
