"""Labels worth a second look, one by one: which of them still wait, and where a person goes from one to the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from cases.dataset import Dataset
from pages.shared import neighbours, owner
from pages.shared.i18n import _, count
from pages.task_types import state
from runs.results import relabeled
from runs.store import confirmed_labels
from runs.store.records import Run

VIEW = "labels"  # as the address calls it


def is_open() -> bool:
    """Whether the closer look was opened to decide on labels; the address says so, also after a reload."""
    return state.get("see") == VIEW


def confirmed(dataset: Dataset) -> set[int]:
    """The rows whose label somebody found right; one that was changed since is asked about again."""
    now = dataset.samples["label"]
    labels = confirmed_labels.current(owner.current(), dataset.digest)
    return {row for row, label in labels.items() if row in now.index and label == str(now[row])}


def decided(run: Run, dataset: Dataset) -> set[int]:
    """The rows that need no second look any more: somebody has decided on them since."""
    return confirmed(dataset) | relabeled.changed(run, dataset)


def keep(dataset: Dataset, rows: Collection[int]) -> None:
    """The labels of these rows are right as they are."""
    now = dataset.samples["label"]
    confirmed_labels.add(owner.current(), dataset.digest, {row: str(now[row]) for row in rows})


def revoke(dataset: Dataset, rows: Collection[int]) -> None:
    """Ask about these rows again."""
    confirmed_labels.revoke(owner.current(), dataset.digest, rows)


def after(shown: Sequence[int], row: int, decided: Collection[int]) -> int | None:
    """The next of the list that still waits, from the beginning again behind the last; None where it was the last."""
    at = shown.index(row) + 1 if row in shown else 0
    return next((one for one in [*shown[at:], *shown[:at]] if one != row and one not in decided), None)


def start(rows: Sequence[int], *, name: str, key: str) -> None:
    """Draw the button that opens the first of the rows; nothing where none waits. `name` is that of their list."""
    if rows:
        st.button(_("Review one by one"), key=key, icon=":material/keyboard:", on_click=_open, args=(name, rows),
                  help=_("Keys: K keeps the label, S takes the suggestion, X excludes, ← and → step."))  # fmt: skip


def _open(name: str, rows: Sequence[int]) -> None:
    neighbours.open_from(name, rows)
    state.put("item", str(rows[0]))


def left(shown: Sequence[int], decided: Collection[int]) -> None:
    """Say in the closer look how many of its list still wait."""
    if waiting := sum(row not in decided for row in shown):
        st.caption(count("{n} label left to review", "{n} labels left to review", waiting))
    else:
        st.success(_("Every label in this list is decided."), icon=":material/check:")
