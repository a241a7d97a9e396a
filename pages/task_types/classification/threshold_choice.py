"""Choosing a confidence threshold: by a wished precision, by the cost of a mistake, or by hand; never by the test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from cases.classification.conditions import FEW_VALIDATED
from models.evaluation.calibration import answering
from models.evaluation.predictions import Predictions
from models.evaluation.selective import FEWEST, selected
from pages.shared import presses
from pages.shared.i18n import _, count, together
from pages.shared.text import bold, percent
from pages.task_types import figures
from pages.task_types.classification import threshold
from runs.results import decisions
from runs.results.decisions import COST, HAND, OUT_OF_FOLD, PRECISION, Basis, Chosen
from runs.store.records import Run

LEVELS = np.linspace(0, 0.99, 100)
WISHED, COSTLY = 95.0, 5.0  # per cent, and times as much as a “not sure”, to begin with


def show(run: Run, test: Predictions) -> None:
    """Draw what is saved and what it means on the test part; then the choice of another. `test`: of the run."""
    st.markdown(bold(_("Confidence threshold")))
    st.markdown(
        together(
            _("Below the threshold, the model says “not sure” in place of a class."),
            _("It does not become better: it answers less often."),
        )
    )
    known, chosen = decisions.basis(run), decisions.of(run)
    _saved(run, chosen)
    now = _choice(run, known, chosen)
    if now is not None:
        _preview(run, known, now, chosen)
    judged, told = (known.outcome.tempered(chosen.temperature), _judged_on(known)) if known else (test, "")
    curve = [answering(judged.confidence, judged.right, level) for level in LEVELS]
    covered, right = (np.array(side, float) for side in zip(*curve, strict=True))
    held, mark = ~np.isnan(right), now or chosen
    least = threshold.DEFAULT if mark.threshold is None else mark.threshold
    figures.trade(LEVELS[held], covered[held], right[held], least, key=f"trade_{run.id}")
    st.caption(together(_("Coverage: share of examples that get a class."), told))


def _saved(run: Run, chosen: Chosen) -> None:
    if chosen.threshold is None:
        st.caption(
            together(
                _("No threshold is saved: the downloaded model always names a class."),
                _("Try and demos mark answers below {least} as not sure.", least=percent(threshold.DEFAULT)),
            )
        )
        return
    with st.container(border=True):
        kept = bold(_("Saved with this run"))
        st.markdown(f"{kept} · {_why(chosen)}")
        st.markdown(together(threshold.told(run), _cost(run, chosen), _missed(run, chosen)))
        st.caption(_("The accuracy above counts every answer, so it stays the same."))
        st.button(_("Remove the threshold"), key=f"threshold_remove_{run.id}", icon=":material/close:",
                  on_click=_remove, args=(run, chosen))  # fmt: skip


def _remove(run: Run, chosen: Chosen) -> None:
    decisions.keep(run, replace(chosen, threshold=None, way=HAND, asked=None))
    st.rerun()


def _why(chosen: Chosen) -> str:
    """How it was chosen."""
    if chosen.way == PRECISION and chosen.asked is not None:
        return _("chosen for an accuracy of {asked} on what is answered", asked=percent(chosen.asked))
    if chosen.way == COST and chosen.asked is not None:
        return _("a mistake costs {asked:g} times a “not sure”", asked=chosen.asked)
    return _("set by hand")


def _missed(run: Run, chosen: Chosen) -> str:
    """That the test part does not keep what the examples promised that the threshold was chosen on."""
    found = decisions.tested(run, chosen.threshold) if chosen.threshold is not None else None
    if chosen.way != PRECISION or chosen.asked is None or found is None or found.precision is None:
        return ""
    return _("That is below the required accuracy.") if found.precision < chosen.asked else ""


def _cost(run: Run, chosen: Chosen) -> str:
    found = decisions.tested(run, chosen.threshold) if chosen.threshold is not None else None
    every = decisions.tested(run, 0.0)
    if chosen.way != COST or chosen.asked is None or found is None or every is None:
        return ""
    now, before = (chosen.asked * (one.given - one.right) + one.unsure for one in (found, every))
    return _("Cost on the test set: {now:,.0f} times a “not sure”, without a threshold {before:,.0f}.", now=now,
             before=before)  # fmt: skip


def _choice(run: Run, known: Basis | None, chosen: Chosen) -> Chosen | None:
    """What the fields ask for; None where no threshold does that."""
    ways = {PRECISION: _("By accuracy of what is answered"), COST: _("By cost"), HAND: _("By hand")}
    offered = [*ways] if known else [HAND]
    way = st.segmented_control(
        _("How to choose"), offered, format_func=ways.get, required=True, wrap=True, key=f"threshold_way_{run.id}",
        default=chosen.way if chosen.threshold is not None and chosen.way in offered else offered[0],
    )  # fmt: skip
    if known is None:
        st.caption(_("Without validation examples a threshold can only be set by hand."))
    if way == HAND:
        return replace(chosen, threshold=_by_hand(run, chosen), way=HAND, asked=None)
    asked = _wished(run, chosen) if way == PRECISION else _costly(run, chosen)
    found = decisions.threshold_by(run, chosen, way, asked)
    if found is None:
        st.info(_no_such(known), icon=":material/info:")
    elif found.threshold == 0:
        st.info(_("No threshold is needed for that: every answer can name a class."), icon=":material/info:")
        return None
    return found


def _by_hand(run: Run, chosen: Chosen) -> float:
    least = threshold.DEFAULT if chosen.threshold is None else chosen.threshold
    return st.slider(
        _("Confidence threshold"), 0, 99, min(round(100 * least), 99), format="%d%%", persist_state="page",
        key=f"least_{run.id}", help=_("Answers whose highest probability is below it are “not sure”."),
    ) / 100  # fmt: skip


def _wished(run: Run, chosen: Chosen) -> float:
    begin = 100 * chosen.asked if chosen.way == PRECISION and chosen.asked else WISHED
    return st.number_input(
        _("Required accuracy of what is answered (%)"), 50.0, 99.9, float(round(begin, 1)), 1.0, format="%.1f",
        width=320,
        key=f"threshold_wished_{run.id}", help=_("Of the answers that name a class, so many shall be right."),
    ) / 100  # fmt: skip


def _costly(run: Run, chosen: Chosen) -> float:
    begin = chosen.asked if chosen.way == COST and chosen.asked else COSTLY
    return st.number_input(
        _("Cost of a mistake, in “not sure” answers"), 1.0, 1000.0, float(begin), 1.0, format="%g", width=320,
        key=f"threshold_cost_{run.id}", help=_("The threshold with the lowest total cost is chosen."),
    )  # fmt: skip


def _no_such(known: Basis | None) -> str:
    right = known.outcome.right if known else np.zeros(0)
    few = len(right) < 2 * FEWEST
    return together(
        _("No threshold reaches this accuracy on at least {n} examples.", n=FEWEST),
        _("There are too few examples to choose by.") if few else _("Require less, or set the threshold by hand."),
    )


def _judged_on(known: Basis) -> str:
    n = len(known.outcome.labels)
    if known.part == OUT_OF_FOLD:
        return together(
            count("Judged on {n} training and validation example.", "Judged on {n} training and validation examples.",
                  n),
            _("Each is predicted by a linear probe that was fitted without it (out of fold)."),
        )  # fmt: skip
    few = _("That is few: the threshold may suit other examples less well.") if n < FEW_VALIDATED else ""
    return together(count("Judged on {n} validation example.", "Judged on {n} validation examples.", n), few)


def _preview(run: Run, known: Basis | None, now: Chosen, chosen: Chosen) -> None:
    if known is not None and now.threshold is not None:
        outcome = known.outcome.tempered(now.temperature)
        found = selected(outcome.confidence, outcome.right, now.threshold)
        right = _("**{precision:.1%}** of these are right.", precision=found.precision) if found.given else ""
        st.markdown(together(
            _judged_on(known),
            _("At a threshold of {least}, **{coverage:.1%}** of them get a class.", least=percent(now.threshold),
              coverage=found.given / found.items),
            right, _("Save it to see what it means on the test set.") if now != chosen else "",
        ))  # fmt: skip
    label = _("Save the threshold of {least}", least=percent(now.threshold or 0.0))
    pressed = f"threshold_save_{run.id}"
    st.button(label, key=pressed, icon=":material/save:", disabled=now == chosen, on_click=presses.note,
              args=(pressed,))  # fmt: skip
    if press := presses.of(pressed):
        press.over = True
        decisions.keep(run, now)
        st.rerun()
