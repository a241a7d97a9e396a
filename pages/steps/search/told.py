"""What a search came to, in two sentences above its result."""

from __future__ import annotations

from typing import Any

import streamlit as st

from models.evaluation.metrics import FALLING, is_share
from pages.shared import vocabulary
from pages.shared.i18n import _, count, together
from pages.shared.text import bold, plain
from pages.steps.search import trials
from pages.task_types import verdict
from runs.search import journal
from runs.search.journal import FACT, Trial
from runs.store import records
from runs.store.records import Run


def show(run: Run) -> None:
    """Say what won, and by how much; nothing of a run that was not searched for."""
    known = (run.result or {}).get(FACT)
    if known:
        st.markdown(together(_won(run, known), _start_kept(run), _("The test part played no role in the choice.")))


def _start_kept(run: Run) -> str:
    if verdict.kept_share(run) != 0:
        return ""
    return _("Of its training nothing was kept: the model is its starting point.")


def _won(run: Run, known: dict[str, Any]) -> str:
    best = known["best"]
    what = bold(plain(trials.called(run, Trial(best["run"], "", best["settings"]))))
    metric = vocabulary.task_of(run).metric
    tried, perfect = journal.of(run), 0.0 if metric in FALLING else 1.0
    enough = (
        _("It makes no mistake on validation, so there was nothing to improve.") if best["value"] == perfect else ""
    )
    if known["trials"] == 1 and tried and (one := journal.named(tried.trials, best["run"])) and one.known:
        result = _taken_over(run, one, what)
        return together(result, enough) if enough else together(
            _("No new trial was finished in this time."), result, _("Give the search more time.")
        )  # fmt: skip
    if known["trials"] == 1 and enough:
        return together(_("Only the default was tried: {what}.", what=what), enough)
    if known["trials"] == 1:
        return _("There was time for one trial only, the default: {what}.", what=what)
    among = count("{n} trial", "{n} trials", known["trials"])
    if best["run"] == known["default"]["run"]:
        return _("Chosen by validation among {among}: the default, {what}. Nothing else was clearly better.",
                 among=among, what=what)  # fmt: skip
    gain, low, high = (_apart(metric, known[name]) for name in ("gain", "gain_low", "gain_high"))
    if known["gain_low"] > 0:
        return _("Chosen by validation among {among}: {what}, {gain} better than the default ({low} to {high}).",
                 among=among, what=what, gain=gain, low=low, high=high)  # fmt: skip
    return together(
        _("Chosen by validation among {among}: {what}.", among=among, what=what),
        _("On the examples of both it is {gain} ahead of the default ({low} to {high}), which may be chance.",
          gain=gain, low=low, high=high),
    )  # fmt: skip


def _taken_over(run: Run, trial: Trial, what: str) -> str:
    """From which earlier run a trial is: a search is named where one of its trials was taken over."""
    source = records.run(trial.known, run.owner)
    if source is None:
        return _("The result is that of an earlier run: {what}.", what=what)
    source = records.parent(source) or source
    return _("The result is that of the earlier run {name} ({when}): {what}.",
             name=plain(source.name), when=vocabulary.when(source.created), what=what)  # fmt: skip


def _apart(metric: str, value: float) -> str:
    """A difference of two values of a metric."""
    told = _("{n:.1f} points", n=100 * value) if is_share(metric) else f"{value:.3f}"
    return told.replace("-", "−")
