"""The view of a learning curve: it is offered, waited for, and shown once it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from models.evaluation.learning_curve import FEW, FLAT, RISING, LearningCurve, Point
from pages.shared import owner, polling
from pages.shared.i18n import _
from pages.task_types import figures, state
from runs.results import learning_curve
from runs.store import records
from runs.store.records import Run

NAME = "curve"  # of the view, in the address


@dataclass(frozen=True)
class Words:
    """Message ids. `asked`: whether more would help, and how it is found out; `uses`: what is read for that; of the
    verdicts `rising` has {n}, {interactions} and how the gain is told, `flat` {n} and {high}."""

    asked: str
    uses: str
    rising: str
    flat: str
    few: str
    unclear: str


def title() -> str:
    return _("Learning curve")


def is_measured(run: Run) -> bool:
    return learning_curve.of(run) is not None


def open_() -> None:
    """Open this view, as a callback."""
    state.put("see", NAME)


def wait(run: Run, words: Words) -> bool:
    """Offer to measure it, or show how far that is; False once it is there."""
    if is_measured(run):
        return False
    work = records.latest("curve", run.id, owner.current())
    if polling.stands(work, _("Measuring the learning curve."), _("Measuring was stopped.")):
        return True
    st.markdown(_(words.asked))
    st.button(
        _("Measure the learning curve"), key=f"curve_{run.id}", icon=":material/show_chart:",
        on_click=_begin, args=(run,), help=_(words.uses),
    )  # fmt: skip
    return True


def _begin(run: Run) -> None:
    records.create_run(run.owner, "curve", run.case, run.name, subject=run.id)


def show(
    run: Run, words: Words, gain: Callable[[LearningCurve], dict[str, str]], metric: str, across: str,
    told: Callable[[Point], str],
) -> LearningCurve | None:  # fmt: skip
    """Draw the curve below what it says; None where it is not measured.

    Args:
        gain: the gain and its bounds as they are told.
        across, told: what is counted, and a point of the curve in words.
    """
    found = learning_curve.of(run)
    if found is not None:
        st.markdown(verdict(found, words, gain(found)))
        figures.learning(found, metric, across, key=f"learning_{run.id}", told=told)
    return found


def verdict(found: LearningCurve, words: Words, gain: dict[str, str]) -> str:
    """What as many examples again would bring, in words; `gain`: the gain and its bounds as they are told."""
    if found.gain is not None and found.verdict == RISING:
        return _(words.rising, n=found.more, interactions=found.interactions, **gain)
    if found.gain is not None and found.verdict == FLAT:
        return _(words.flat, n=found.more, high=gain["high"])
    return _(words.few if found.verdict == FEW else words.unclear)
