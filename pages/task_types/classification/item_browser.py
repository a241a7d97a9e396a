"""Items of an evaluation as a gallery, and the one that is looked at closely."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from cases.dataset import Dataset
from models.evaluation import label_errors
from models.evaluation.predictions import Predictions
from models.evaluation.rounded_shares import rounded
from pages import modalities
from pages.components import inspection
from pages.components.items import Entry
from pages.shared import neighbours, owner, session
from pages.shared.i18n import _
from pages.shared.text import plain
from pages.task_types import item_detail, label_review, selected_items, state
from pages.task_types.classification.editor import EDITOR
from runs import paths
from runs.results import explanations, label_check, label_doubts, relabeled
from runs.results.label_doubts import Doubt
from runs.store import dataset_rows, datasets, edits
from runs.store.records import Run

PAGE = 60  # items at a time


@dataclass(frozen=True)
class Viewed:
    """What every view of an evaluation needs."""

    run: Run
    outcome: Predictions
    dataset: Dataset  # with the edits as they are now

    @cached_property
    def changed(self) -> set[int]:
        """See `relabeled.changed`."""
        return relabeled.changed(self.run, self.dataset)

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """See `relabeled.renamed`."""
        return relabeled.renamed(self.run, self.dataset)

    @cached_property
    def doubted(self) -> list[Doubt]:
        """See `label_doubts.of`."""
        return label_doubts.of(self.outcome)

    @cached_property
    def settled(self) -> set[int]:
        """See `label_review.decided`."""
        return label_review.decided(self.run, self.dataset)


def gallery(viewed: Viewed, places: np.ndarray, *, name: str, page: int = PAGE) -> None:
    """Items at these places of the outcome, `page` of them at a time; a click opens one."""
    listing(viewed, [_entry(viewed, viewed.outcome, int(place)) for place in places], name=name, page=page)


def listing(
    viewed: Viewed, entries: Sequence[Entry], *, name: str, page: int = PAGE, size: int = 112, several: bool = True,
    suggested: Mapping[int, str] | None = None,
) -> None:  # fmt: skip
    """The same of items that may be in no outcome; `several` can be selected at once; `suggested` as a `Selection` has
    it."""
    key = f"{name}_{viewed.run.id}"
    if not entries:
        st.caption(_("No matches.") if suggested is None else _("Nothing left to review here."))
        if several:  # what was done last may have emptied it
            selected_items.bar(selected_items.Selection(key, viewed.dataset, {}, []))
        return
    pages = -(-len(entries) // page)
    turned = st.pagination(pages, key=f"{key}_page_{pages}") if pages > 1 else 1
    shown = entries[(turned - 1) * page : turned * page]
    rows = [entry.row for entry in entries]
    neighbours.draw(list_name(viewed), rows)
    here = [entry.row for entry in shown]
    if several and len(here) > 1:
        selected_items.toggle(key)
    above = st.container()  # what can be done with a selection is seen without scrolling past the list
    modalities.of(viewed.run.case).listed(
        viewed.dataset, shown, key=key, chosen=state.item(), size=size,
        on_picked=lambda: open_from(viewed, rows, key), several=selected_items.several(key, here) if several else None,
    )  # fmt: skip
    if several:
        chosen = selected_items.rows(key, rows)
        with above:
            selected_items.bar(selected_items.Selection(key, viewed.dataset, _parts(viewed, chosen), chosen, suggested))


def open_from(viewed: Viewed, rows: Sequence[int], key: str) -> None:
    """Look at the one that was picked in the element `key`, which shows some of these rows; as a callback."""
    neighbours.open_from(list_name(viewed), rows)
    state.put("item", session.told(key, "picked"))


def list_name(viewed: Viewed) -> str:
    """Of the list that the closer look goes through."""
    return f"shown_{viewed.run.id}"


def _parts(viewed: Viewed, rows: Sequence[int]) -> dict[int, str]:
    """Of these rows the part that each is in; the training part may be judged out of fold only."""
    judged = [viewed.outcome.out_of_fold, viewed.outcome] if rows else []
    parts = {row: part for one in judged if one for row, part in zip(one.rows.tolist(), one.items["part"], strict=True)}
    return {row: str(parts[row]) for row in rows if row in parts}


def entry_of(viewed: Viewed, row: int) -> Entry:
    """What the model says of it; where it was not asked, what its label was and is."""
    found = np.flatnonzero(viewed.outcome.rows == row)
    if len(found):
        return _entry(viewed, viewed.outcome, int(found[0]))
    came, now = viewed.dataset.came[row], viewed.dataset.samples.at[row, "label"]
    return Entry(row, str(now) if came == now else f"{came} → {now}")


def _entry(viewed: Viewed, outcome: Predictions, place: int) -> Entry:
    row = int(outcome.rows[place])
    label, said = (outcome.classes[n] for n in (outcome.labels[place], outcome.predicted[place]))
    share = f"{outcome.confidence[place]:.1%}"
    if row in viewed.changed:
        return Entry(row, f"{label} → {said}", _("changed since run"), "")
    if label == said:
        return Entry(row, label, share, "good")
    return Entry(row, f"{label} → {said}", share, "bad")


def opened(run: Run) -> None:
    """The item that the address names, in a dialog."""
    if state.item() is None:
        return

    @st.dialog(_("Example details"), width=960, on_dismiss=lambda: state.put("item", None))
    def look() -> None:
        dataset = Dataset.open(paths.datasets() / run.dataset, edits.current(owner.current(), run.dataset))
        _closer(Viewed(run, label_check.outcome(run), dataset), state.item())

    look()


def _closer(viewed: Viewed, row: int | None) -> None:
    if row is None or row not in viewed.dataset.samples.index:
        st.caption(_("Example not found."))
        return
    shown, review = neighbours.of(list_name(viewed), row), label_review.is_open()
    neighbours.buttons(shown, row, key="step", go=_look_at)
    if review:
        label_review.left(shown, viewed.settled)
    by_model, by_probe = _place(viewed.outcome, row), _place(viewed.outcome.out_of_fold, row)
    told, part, said = [], "", None
    if by_model is not None:
        told += _told(viewed.outcome, by_model)
        part, said = _part(viewed.outcome, by_model), _said(viewed.outcome, by_model)
    if by_probe is not None:  # what did not learn this label is the better judge of it
        probe = viewed.outcome.out_of_fold
        told.append(_("Out-of-fold prediction: {shares}", shares=_shares(probe.limited_by(probe), by_probe)))
        part, said = _part(probe, by_probe), _said(probe, by_probe)
    told.append({"test": _("Test example."), "validation": _("Validation example."),
                 "train": _("Training example.")}.get(part, ""))  # fmt: skip
    said = viewed.renamed.get(said, said) if said else None
    right = viewed.dataset.samples.at[row, "label"] == said
    if not right and any(doubt.row == row and not doubt.supported for doubt in viewed.doubted):
        said = None
        told.append(_("Nothing is suggested: among the {n} most similar examples the label is more common than the "
                      "prediction.", n=label_errors.NEAREST))  # fmt: skip
    modality, explained = modalities.of(viewed.run.case), by_model is not None
    if explained and modality.explained_whole:
        _explained(viewed, row, shown)
    item_detail.show(
        viewed.dataset, row, EDITOR, key=f"closer_{viewed.run.id}_{row}", told=[*filter(None, told)],
        suggested=None if right else said, drawn=not (explained and modality.explained_whole), part=part,
        corrected=lambda: _go_on(shown, row, viewed.settled if review else None), review=review,
    )  # fmt: skip
    if review:
        _twin(viewed, row)
    if explained and not modality.explained_whole:
        _explained(viewed, row, shown)
    if explained:
        inspection.offer(viewed.run, f"row{row}", place="closer", row=row)


def _look_at(row: int) -> None:
    state.put("item", str(row))


def _twin(viewed: Viewed, row: int) -> None:
    """The example that is like this one and has another label, to be looked at beside it."""
    for twin in label_doubts.twins(viewed.outcome, viewed.dataset, row)[:1]:
        label = plain(str(viewed.dataset.samples.at[twin, "label"]))
        st.markdown(_("Similar example with another label: **{label}**", label=label))
        modalities.of(viewed.run.case).large(viewed.dataset, twin, key="closer_twin")


def _go_on(shown: Sequence[int], row: int, settled: Collection[int] | None) -> None:
    """To the next one, in a review to the next that is not `settled`; the last one stays."""
    following = neighbours.after(shown, row) if settled is None else label_review.after(shown, row, settled)
    if following is not None:
        _look_at(following)


def _place(outcome: Predictions | None, row: int) -> int | None:
    found = np.flatnonzero(outcome.rows == row) if outcome is not None else ()
    return int(found[0]) if len(found) else None


def _part(outcome: Predictions, place: int) -> str:
    return str(outcome.items.at[place, "part"])


def _said(outcome: Predictions, place: int) -> str:
    return outcome.classes[outcome.predicted[place]]


def _explained(viewed: Viewed, row: int, shown: Sequence[int]) -> None:
    """Where the model looked; what is likely opened next is worked out meanwhile."""
    modality = modalities.of(viewed.run.case)
    modality.explain(viewed.run, f"row{row}", original=modality.original(viewed.dataset, row), row=row)
    if (after := neighbours.after(shown, row)) is not None:
        explanations.ask(viewed.run, f"row{after}", row=after)


def _told(outcome: Predictions, place: int) -> list[str]:
    told = [_("Prediction: {shares}", shares=_shares(outcome, place))]
    if _part(outcome, place) == "train" and outcome.rounding:
        told.append(_("Computed from 16-bit feature vectors. Probabilities of the exported model may differ by up to "
                      "{most:.1%} (largest measured).",
                      most=outcome.rounding))  # fmt: skip
    return told


def _shares(outcome: Predictions, place: int) -> str:
    best = np.argsort(-outcome.probabilities[place], kind="stable")[:3]
    told = rounded(outcome.probabilities[place])
    return " · ".join(f"{plain(outcome.classes[n])} {told[n]:.1%}" for n in best)


def open_for(run: Run) -> Viewed | None:
    """None where the run's single answers or its data are no longer there."""
    outcome, row = label_check.outcome(run), dataset_rows.by_id(run.dataset, owner.current())
    folder = paths.datasets() / run.dataset
    if outcome is None or row is None or not datasets.is_there(run.dataset, run.owner):
        return None
    return Viewed(run, outcome, Dataset.open(folder, edits.current(owner.current(), run.dataset)))
