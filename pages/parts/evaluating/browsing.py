"""Items of an evaluation as a gallery, and the one that is looked at closely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cases.dataset import Dataset
from models.outcome import Outcome
from pages.parts import explanation, item_detail, items, neighbours, owner
from pages.parts.charts import plain
from pages.parts.evaluating import state
from pages.parts.items import Entry
from pages.parts.language import _
from runs import edits, explanations, files, outcomes, store
from runs.store import Run

PAGE = 60  # items at a time


@dataclass(frozen=True)
class Viewed:
    """What every view of an evaluation needs."""

    run: Run
    outcome: Outcome
    dataset: Dataset  # with the edits as they are now


def gallery(viewed: Viewed, places: np.ndarray, *, name: str, page: int = PAGE) -> None:
    """Items at these places of the outcome, `page` of them at a time; a click opens one."""
    key = f"{name}_{viewed.run.id}"
    if not len(places):
        st.caption(_("There are none."))
        return
    pages = -(-len(places) // page)
    turned = st.pagination(pages, key=f"{key}_page_{pages}") if pages > 1 else 1
    shown = places[(turned - 1) * page : turned * page]
    st.session_state[f"shown_{viewed.run.id}"] = viewed.outcome.rows[shown].tolist()
    items.show(
        viewed.dataset, [_entry(viewed, int(place)) for place in shown], key=key, chosen=state.item(),
        on_picked=lambda: state.put("item", st.session_state[key]["picked"]),
    )  # fmt: skip


def _entry(viewed: Viewed, place: int) -> Entry:
    outcome, row = viewed.outcome, int(viewed.outcome.rows[place])
    label, said = (outcome.classes[n] for n in (outcome.labels[place], outcome.predicted[place]))
    share = f"{outcome.confidence[place]:.0%}"
    if row in viewed.dataset.edits and viewed.dataset.edits[row] != (viewed.run.edits or {}).get(str(row)):
        return Entry(row, f"{label} → {said}", _("mended since"), "")
    if label == said:
        return Entry(row, label, share, "good")
    return Entry(row, f"{label} → {said}", share, "bad")


def opened(run: Run) -> None:
    """The item that the address names, in a dialog."""
    if state.item() is None:
        return

    @st.dialog(_("A closer look"), width=960, on_dismiss=lambda: state.put("item", None))
    def look() -> None:
        dataset = Dataset.open(files.datasets() / run.dataset, edits.current(owner.current(), run.dataset))
        _closer(Viewed(run, outcomes.of(run), dataset), state.item())

    look()


def _closer(viewed: Viewed, row: int | None) -> None:
    found = np.flatnonzero(viewed.outcome.rows == row) if row is not None else ()
    if not len(found):
        st.caption(_("There is no such item."))
        return
    outcome, place = viewed.outcome, int(found[0])
    shown = st.session_state.get(f"shown_{viewed.run.id}", ())
    neighbours.show(shown, row, key="step", go=lambda other: state.put("item", str(other)))
    said = outcome.classes[outcome.predicted[place]]
    right = viewed.dataset.samples.at[row, "label"] == said
    _explained(viewed, row)
    item_detail.show(
        viewed.dataset, row, key=f"closer_{viewed.run.id}_{row}", told=_told(outcome, place),
        suggested=None if right else said, drawn=False,
    )  # fmt: skip


def _explained(viewed: Viewed, row: int) -> None:
    """Where the model looked; what is likely opened next is worked out meanwhile."""
    explanation.show(viewed.run, f"row{row}", original=items.original(viewed.dataset, row), row=row)
    shown = st.session_state.get(f"shown_{viewed.run.id}", ())
    if row in shown[:-1]:
        after = shown[shown.index(row) + 1]
        explanations.ask(viewed.run, f"row{after}", row=after)


def _told(outcome: Outcome, place: int) -> list[str]:
    best = np.argsort(-outcome.probabilities[place], kind="stable")[:3]
    shares = [f"{plain(outcome.classes[n])} {outcome.probabilities[place, n]:.1%}" for n in best]
    parts = {"test": _("A test item."), "validation": _("A validation item."), "train": _("A training item.")}
    return [_("The model says: {shares}", shares=" · ".join(shares)), parts[outcome.items.at[place, "part"]]]


def open_for(run: Run) -> Viewed | None:
    """None where the run's single answers or its data are no longer there."""
    outcome, row = outcomes.of(run), store.dataset(run.dataset, owner.current())
    folder = files.datasets() / run.dataset
    if outcome is None or row is None or not (folder / "facts.json").exists():
        return None
    return Viewed(run, outcome, Dataset.open(folder, edits.current(owner.current(), run.dataset)))
