"""Find the best: what a search tries, what each trial cost and brought; and what stands beside a single trial."""

from __future__ import annotations

import streamlit as st

from models.errors import N_
from pages.components import plot
from pages.shared import durations, owner, session
from pages.shared.i18n import _, count, labelled
from pages.shared.text import bold, plain
from pages.steps.search import figure, trials
from runs.search import journal
from runs.search.journal import Journal
from runs.store import records
from runs.store.records import Run

EVERY = 2  # seconds
SCORES = N_("Scores with 95% intervals are of validation; with few examples its part is drawn several times.")


def is_trying(run: Run) -> bool:
    """Whether it is a search that still tries: then there are no curves of its own yet."""
    known = journal.of(run)
    return known is not None and not known.over and not run.ended_already


def show(run: Run) -> None:
    """Draw the trials; while there are more to come they are looked at again."""
    if is_trying(run):
        st.session_state[_drawn(run.id)] = run.status
        st.fragment(_trying, run_every=EVERY)(run.id)
    else:
        st.fragment(_tried)(run.id)
    plot.prepare("search_plotly")


def _drawn(identity: str) -> str:
    """Where the session has the status with which the page was drawn: its header is no part of the fragment."""
    return f"search_status_{identity}"


def _trying(identity: str) -> None:
    run = records.run(identity, owner.current())
    if run is None or not is_trying(run) or run.status != session.held(_drawn(identity), str, run.status):
        st.rerun()
    known = journal.of(run)
    if known is not None:
        _standing(run, known)
        _found(run, known)


def _tried(identity: str) -> None:
    run = records.run(identity, owner.current())
    known = journal.of(run) if run else None
    if run is not None and known is not None:
        _found(run, known)


def _standing(run: Run, known: Journal) -> None:
    """What is tried just now, how much time is left, and the best so far."""
    spent = min(known.seconds, _spent(run, known))
    left = _("{time} left", time=durations.told(known.seconds - spent))
    if run.status == "queued":
        left = _("Starts when the machine is free.")
    st.progress(spent / known.seconds, " · ".join([_now(run, known), left]))
    if best := journal.named(known.trials, known.best):
        st.markdown(labelled(_("Best so far"), f"{bold(trials.figure(run, best))} {plain(trials.called(run, best))}"))
    elif known.running and known.running.known:
        st.caption(_("The first trial is taken over from an earlier run; its score comes next."))
    else:
        st.caption(_("The first trial is the default. It has no score yet."))


def _spent(run: Run, known: Journal) -> float:
    """Seconds until now: they are written down every few seconds only."""
    if run.status != "running" or run.progress is None or run.progress.get("what") != "search":
        return known.spent
    return max(known.spent, float(run.progress.get("done", 0.0)))


def _now(run: Run, known: Journal) -> str:
    if run.status == "queued":
        return _("Queued")
    if (running := known.running) is None:
        return _("Estimating the next trial")
    return _("Trial {n}: {what}", n=len([one for one in known.trials if one.run]), what=trials.called(run, running))


def _found(run: Run, known: Journal) -> None:
    if not known.trials:
        return
    trials.table(run, known)
    began = sum(bool(one.run) for one in known.trials)
    told = [count("{n} trial", "{n} trials", began), _(SCORES)]
    st.caption(" · ".join(told))
    if len(figure.scored(known)) < figure.FEWEST:
        return
    fold = st.expander(_("All trials in one figure"), key=f"search_figure_{run.id}", on_change="rerun")
    if fold.open:
        with fold:
            figure.show(run, known)
