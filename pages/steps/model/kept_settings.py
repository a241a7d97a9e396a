"""What was chosen for a data set, or beside a run, is there again after a reload and in another window."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from cases import tasks
from cases.base import Case
from cases.dataset import Dataset
from cases.settings import TASK, idle, knobs, of_group
from pages.shared import owner, session, vocabulary
from pages.shared.i18n import _, current
from pages.shared.text import plain
from pages.steps.model import settings_form
from pages.steps.model.settings_form import Seen
from runs.store import datasets, kept_settings
from runs.store.records import Run


def begin(case: Case, dataset: Dataset, run: Run | None) -> None:
    """Give every field the value that was chosen before, unless it has one, and keep what has changed since.

    Called before the first field of these data is drawn.
    """
    subject, seen = run.id if run else dataset.digest, settings_form.seen(case)
    others = seen is None or seen.subject != subject
    if others:  # what the session holds was chosen for other data
        _empty(case, run, [*knobs(case.Settings)])
        seen = Seen(subject, kept_settings.of(owner.current(), subject) or _before(case, dataset, run))
        settings_form.see(case, subject, seen.chosen)
    _fill(case, run, seen.chosen)
    chosen = _chosen(case, dataset, run)
    if chosen != seen.chosen and not others:
        kept_settings.keep(owner.current(), subject, chosen)
    settings_form.see(case, subject, chosen)
    _say_again(case, run)


def take_over(case: Case, run: Run, changed: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Choose for the data of a run what it was trained with, but for what is `changed`, in place of what was chosen for
    them before."""
    usual, known = settings_form.usual(case, None), knobs(case.Settings)
    chosen = {name: value for name, value in settings_form.usual(case, run).items()
              if value != usual[name] or known[name][1].group in settings_form.BEFORE}  # fmt: skip
    same = {name for name, value in changed.items() if value == usual[name]}
    now = {name: value for name, value in {**chosen, **changed}.items() if name not in same}
    kept_settings.keep(owner.current(), str(run.dataset), now)
    st.session_state.pop(f"{case.name}_kept", None)  # so that the fields are filled anew


def choose(case: Case, dataset: Dataset, run: Run | None, values: Mapping[str, Any]) -> None:
    """Choose these values of every setting, in place of what was chosen before; as a callback."""
    usual, known = settings_form.usual(case, run), knobs(case.Settings)
    chosen = {name: value for name, value in values.items()
              if value != usual[name] or known[name][1].group == "data"}  # fmt: skip
    kept_settings.keep(owner.current(), run.id if run else dataset.digest, chosen)
    st.session_state.pop(f"{case.name}_kept", None)  # so that the fields are filled anew


def _say_again(case: Case, run: Run | None) -> None:
    """Tell the fields their values once more where the language is another: a browser holds the words of an option."""
    drawn = f"{case.name}_fields_in"
    if session.held(drawn, str, current()) != current():
        for name, value in settings_form.values(case, run).items():
            if settings_form.key(case, run, name) in st.session_state:
                st.session_state[settings_form.key(case, run, name)] = value
    st.session_state[drawn] = current()


def _before(case: Case, dataset: Dataset, run: Run | None) -> dict[str, Any]:
    """By which settings the version that the data grew from was divided; with others its items would move."""
    before = datasets.settings_before(owner.current(), dataset) if run is None else {}
    return {name: before[name] for name in of_group(case.Settings, "data") if name in before}


def forget_unfit(case: Case, run: Run | None) -> None:
    """What was chosen among options that differ from task to task: another is learnt from now on."""
    _forget(case, run, [name for name, (_setting, knob) in knobs(case.Settings).items() if knob.unfit])


def show(case: Case, run: Run | None) -> None:
    """Say which settings are not the usual ones, for most of them are folded away; one click takes back those of this
    step, and leaves alone what was chosen in the one before, such as a split that keeps groups together."""
    seen, known = settings_form.seen(case), knobs(case.Settings)
    changed = [name for name, (_setting, knob) in known.items() if name in seen.chosen and knob.role != TASK]
    own = [name for name in changed if known[name][1].group not in settings_form.BEFORE]
    if own:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("Changed: {settings}", settings=_told(case, run, seen, own)))
            st.button(
                _("Reset"), key=f"{case.name}_reset_{run.id if run else ''}", icon=":material/restart_alt:",
                type="tertiary", on_click=_forget, args=(case, run, own),
                help=_("Restore settings of this run") if run else _("Restore defaults"),
            )  # fmt: skip
    if others := _told(case, run, seen, [name for name in changed if name not in own]):
        st.caption(_("Changed in step 2: {settings}", settings=others))


def _told(case: Case, run: Run | None, seen: Seen, names: list[str]) -> str:
    """Those of them that act, with what was chosen."""
    known, off = knobs(case.Settings), idle(case.Settings, settings_form.values(case, run))
    acting = [name for name in names if name not in off or known[name][1].off is None]
    return plain(" · ".join(vocabulary.setting(known[name][1], seen.chosen[name]) for name in acting))


def _fill(case: Case, run: Run | None, chosen: dict[str, Any]) -> None:
    if "task" in chosen:
        st.session_state.setdefault(settings_form.key(case, run, "task"), chosen["task"])
    for name, value in settings_form.initial(case, run, chosen).items():
        if name != "task":  # the step before asks for it
            st.session_state.setdefault(settings_form.key(case, run, name), value)


def _chosen(case: Case, dataset: Dataset, run: Run | None) -> dict[str, Any]:
    """The settings that are not what their fields began with, nor what that comes to with these data: a run knows which
    model was chosen for it."""
    usual, now = settings_form.initial(case, run), settings_form.values(case, run)
    if "task" in usual and settings_form.key(case, run, "task") in st.session_state:
        usual["task"] = (tasks.of(case, run.settings) if run else tasks.fitting(case, dataset)).name
    others = {name: value for name, value in usual.items() if now[name] != value}
    if not others:
        return {}
    left = tasks.decided(case, dataset, {**now, **{name: value for name, value in others.items() if name != "task"}})
    return {name: now[name] for name, value in others.items() if name == "task" or now[name] != left.get(name, value)}


def _forget(case: Case, run: Run | None, names: list[str]) -> None:
    _empty(case, run, names)
    if seen := settings_form.seen(case):
        left = {name: value for name, value in seen.chosen.items() if name not in names}
        kept_settings.keep(owner.current(), seen.subject, left)
        settings_form.see(case, seen.subject, left)


def _empty(case: Case, run: Run | None, names: list[str]) -> None:
    for name in names:
        st.session_state.pop(settings_form.key(case, run, name), None)
    if "model" in names:
        st.session_state.pop(settings_form.typed(case, run), None)
