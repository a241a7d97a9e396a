"""Several items selected in a gallery: corrected or excluded together, in one edit that can be revoked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cases.dataset import Dataset
from pages.components.items import Several
from pages.shared import owner, session
from pages.shared.i18n import _, count, together
from pages.shared.text import plain
from pages.task_types import label_review
from runs.store import edits
from runs.uploads.class_names import cleaned


@dataclass(frozen=True)
class Selection:
    """What is selected in the gallery `name` of these data.

    Args:
        parts: row → the part that it is in.
        suggested: row → the label that it may have instead, where labels are looked at a second time; else None.
    """

    name: str
    dataset: Dataset
    parts: Mapping[int, str]
    rows: list[int]
    suggested: Mapping[int, str] | None = None

    @property
    def tested(self) -> list[int]:
        return [row for row in self.rows if self.parts.get(row) == "test"]

    @property
    def taken(self) -> dict[int, str]:
        """Row → its suggestion, but for test labels: those are never changed because a model says so."""
        now = self.dataset.samples["label"]
        return {row: self.suggested[row] for row in self.rows
                if self.suggested and row in self.suggested and row not in self.tested
                and self.suggested[row] != now[row]}  # fmt: skip


def toggle(name: str) -> None:
    """Draw the switch that makes every click select: for who has no keys to hold."""
    st.toggle(
        _("Select several"), key=f"{name}_several",
        help=_("Shift-click selects a range; Ctrl-click or the X key selects a single one; Esc clears."),
    )  # fmt: skip


def several(name: str, listed: Sequence[int]) -> Several:
    """As a list takes it; `listed`: the rows on this page of it, of which some may be selected."""
    return Several(rows(name, listed), bool(session.held(f"{name}_several", bool, False)), lambda: _take(name, listed))


def rows(name: str, listed: Sequence[int]) -> list[int]:
    """Those of `listed` that are selected."""
    chosen = {*session.held(f"{name}_rows", list, [])}
    return [int(row) for row in listed if int(row) in chosen]


def preselect(name: str, chosen: Sequence[int]) -> None:
    """What was selected elsewhere, on a map for instance, is selected in the list `name`."""
    st.session_state[f"{name}_rows"] = [int(row) for row in chosen]


def bar(selection: Selection, *, more: Callable[[list[int]], None] = lambda rows: None) -> None:
    """Draw what can be done with all of them; `more` draws further buttons. Nothing where none is selected."""
    name = selection.name
    if not selection.rows:
        _done(selection)
        return
    with st.container(border=True, key=f"{name}_selected_bar", gap="small"):
        st.markdown("**" + count("{n} selected", "{n} selected", len(selection.rows)) + "**")
        if session.held(f"{name}_asked", tuple):
            _second_thought(selection)
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if selection.suggested is not None:
                _review(selection)
            labelled, tested = selection.dataset.task_type.has_classes, bool(selection.tested)
            if labelled and not tested:
                _label(selection)
            st.button(_("Exclude"), key=f"{name}_exclude", icon=":material/block:", on_click=_ask,
                      args=(selection, None))  # fmt: skip
            if labelled and tested:  # to change a test label is never the first choice
                _label(selection)
            came, edited = selection.dataset.came, selection.dataset.edits
            changed = [row for row in selection.rows if row in edited and edited[row] != came[row]]
            if changed:
                st.button(_("Reset"), key=f"{name}_reset", icon=":material/undo:", on_click=_reset,
                          args=(selection, changed))  # fmt: skip
            more(selection.rows)
            st.button(_("Clear selection"), key=f"{name}_clear", type="tertiary", on_click=_clear, args=(name,))


def _take(name: str, listed: Sequence[int]) -> None:
    """What the list told; what is selected on its other pages stays."""
    there = {str(int(row)): int(row) for row in listed}
    told = [there[one] for one in session.told(name, "selected", list) or [] if isinstance(one, str) and one in there]
    others = [row for row in session.held(f"{name}_rows", list, []) if str(row) not in there]
    st.session_state[f"{name}_rows"] = [*others, *told]
    for gone in ("asked", "done", "kept"):
        st.session_state.pop(f"{name}_{gone}", None)


def _clear(name: str) -> None:
    for gone in ("rows", "asked", "done", "kept"):
        st.session_state.pop(f"{name}_{gone}", None)


def _review(selection: Selection) -> None:
    """Keep the labels as they are, or take what is suggested for each."""
    name, taken = selection.name, selection.taken
    st.button(_("Keep labels"), key=f"{name}_keep", icon=":material/check:", on_click=_keep, args=(selection,))
    if taken:
        st.button(count("Take {n} suggestion", "Take {n} suggestions", len(taken)), key=f"{name}_suggested",
                  icon=":material/edit:", on_click=_take_suggested, args=(selection,))  # fmt: skip


def _keep(selection: Selection) -> None:
    label_review.keep(selection.dataset, selection.rows)
    _clear(selection.name)
    told = count("{n} label confirmed", "{n} labels confirmed", len(selection.rows))
    st.session_state[f"{selection.name}_kept"] = (told, tuple(selection.rows))


def _take_suggested(selection: Selection) -> None:
    told = count("{n} label corrected", "{n} labels corrected", len(selection.taken))
    _apply(selection, selection.taken, told)


def _label(selection: Selection) -> None:
    turn = session.held(f"{selection.name}_turn", int, 0)  # a field of its own each time: it begins empty
    key = f"{selection.name}_label_{turn}"
    st.selectbox(
        _("Correct label"), list(selection.dataset.classes), index=None, key=key, accept_new_options=True, width=260,
        placeholder=_("Choose one or type a new one"), on_change=_typed, args=(selection, key),
    )  # fmt: skip


def _typed(selection: Selection, key: str) -> None:
    if label := cleaned(session.held(key, str, "")):
        _ask(selection, label)


def _ask(selection: Selection, label: str | None) -> None:
    """What is in the test part is changed only on second thought."""
    if selection.tested:
        st.session_state[f"{selection.name}_asked"] = (label,)
    else:
        _change(selection, selection.rows, label)


def _second_thought(selection: Selection) -> None:
    (label,) = session.held(f"{selection.name}_asked", tuple)
    tested, others = selection.tested, [row for row in selection.rows if row not in {*selection.tested}]
    told = count("{n} of them is a test example: results are measured by its label.",
                 "{n} of them are test examples: results are measured by their labels.", len(tested))  # fmt: skip
    st.markdown(together(told, _("Change test labels only where they are plainly wrong. Changed to what the "
                                "model predicts, they make the score mean less.")))  # fmt: skip
    with st.container(horizontal=True):
        if others:
            st.button(count("Only the other {n}", "Only the other {n}", len(others)), key=f"{selection.name}_others",
                      on_click=_change, args=(selection, others, label))  # fmt: skip
        st.button(count("Change all {n}", "Change all {n}", len(selection.rows)), key=f"{selection.name}_all",
                  icon=":material/warning:", on_click=_change, args=(selection, selection.rows, label))  # fmt: skip
        st.button(_("Cancel"), key=f"{selection.name}_cancel", type="tertiary", on_click=st.session_state.pop,
                  args=(f"{selection.name}_asked", None))  # fmt: skip


def _change(selection: Selection, chosen: list[int], label: str | None) -> None:
    told = (
        count("{n} excluded", "{n} excluded", len(chosen)) if label is None
        else _("{n:,} corrected to “{label}”", n=len(chosen), label=plain(label))
    )  # fmt: skip
    _apply(selection, dict.fromkeys(chosen, label), told)


def _reset(selection: Selection, chosen: list[int]) -> None:
    came = selection.dataset.came
    told = count("{n} reset", "{n} reset", len(chosen))
    _apply(selection, {row: str(came[row]) for row in chosen}, told)


def _apply(selection: Selection, changes: Mapping[int, str | None], told: str) -> None:
    """One stroke; the selection is done with then."""
    who, digest = owner.current(), selection.dataset.digest
    edits.add_all(who, digest, changes)
    _clear(selection.name)
    st.session_state[f"{selection.name}_turn"] = session.held(f"{selection.name}_turn", int, 0) + 1
    st.session_state[f"{selection.name}_done"] = (told, edits.history(who, digest)[-1].created)


def _done(selection: Selection) -> None:
    """What was done last, for as long as it is the newest change: then it can be revoked here."""
    if kept := session.held(f"{selection.name}_kept", tuple):
        _revocable(selection, kept[0], _ask_again, (selection, kept[1]))
        return
    done = session.held(f"{selection.name}_done", tuple)
    history = edits.history(owner.current(), selection.dataset.digest) if done else []
    if not history or history[-1].created != done[1]:
        return
    _revocable(selection, done[0], edits.undo, (owner.current(), selection.dataset.digest))


def _ask_again(selection: Selection, rows: tuple[int, ...]) -> None:
    st.session_state.pop(f"{selection.name}_kept", None)
    label_review.revoke(selection.dataset, rows)


def _revocable(selection: Selection, told: str, revoke: Callable[..., None], args: tuple[Any, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check: {told}", width="content")
        st.button(_("Revoke"), key=f"{selection.name}_revoke", icon=":material/undo:", type="tertiary",
                  on_click=revoke, args=args)  # fmt: skip
