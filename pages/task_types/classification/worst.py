"""The three worst confusions with their items, and two ways on from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from models.evaluation import metrics
from models.evaluation.predictions import Predictions
from pages import modalities
from pages.components import explanation
from pages.components.items import Entry
from pages.shared import layout
from pages.shared.i18n import _, labelled
from pages.shared.text import bold, plain
from pages.task_types.classification import item_browser, labels, mistakes
from pages.task_types.classification.item_browser import Viewed
from runs.results import explanations

STRIPS, ITEMS, SIZE = 3, 3, 72  # how many confusions, items of each, and pixels of a picture
MARKED = 1  # items of each whose telling words are asked for; the others have theirs once they were looked at


def show(viewed: Viewed) -> None:
    """Draw them; nothing where the test part has no mistake."""
    test = viewed.outcome.of("test")
    pairs = _pairs(test)
    if not pairs:
        return
    st.markdown(bold(_("Top confusions")))
    st.caption(_("Label → prediction · test examples, each with its confidence"))
    for place, (label, said) in layout.abreast(pairs, STRIPS):
        found = np.flatnonzero((test.labels == label) & (test.predicted == said))
        found = found[np.argsort(-test.confidence[found], kind="stable")]
        with place:
            st.markdown(f"{plain(test.classes[label])} → {plain(test.classes[said])} · {len(found):,}")
            entries = [Entry(int(test.rows[n]), "", f"{test.confidence[n]:.1%}", "bad") for n in found[:ITEMS]]
            entries = _marked(viewed, entries)
            item_browser.listing(viewed, entries, name=f"worst_{label}_{said}", size=SIZE, several=False)
    if _has_marks(viewed):
        st.caption(_(modalities.of(viewed.run.case).marked))
    _ways_on(viewed, int((~test.right).sum()))


def _has_marks(viewed: Viewed) -> bool:
    return bool(modalities.of(viewed.run.case).marked) and viewed.run.packed


def _marked(viewed: Viewed, entries: list[Entry]) -> list[Entry]:
    """With their telling words, once these are worked out; they are asked for of the first alone, for each takes a
    second in which nothing else is explained."""
    if not _has_marks(viewed):
        return entries
    keys = [f"row{entry.row}" for entry in entries]
    for key, entry in list(zip(keys, entries, strict=True))[:MARKED]:
        explanations.ask(viewed.run, key, row=entry.row)
    return [replace(entry, marks=explanation.address(viewed.run, key))
            for key, entry in zip(keys, entries, strict=True)]  # fmt: skip


def _pairs(test: Predictions) -> list[tuple[int, int]]:
    """(label, prediction) of the most frequent confusions, the commonest first."""
    wrong = metrics.confusion(test.labels, test.predicted, len(test.classes))
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:STRIPS]
    cells = zip(*np.unravel_index(order, wrong.shape), strict=True)
    return [(int(a), int(b)) for a, b in cells if wrong[a, b]]


def _ways_on(viewed: Viewed, wrong: int) -> None:
    doubtful = labels.waiting(viewed)
    with st.container(horizontal=True):
        st.button(_("All mistakes ({n})", n=wrong), key=f"worst_all_{viewed.run.id}", icon=":material/search:",
                  on_click=mistakes.open_)  # fmt: skip
        if doubtful:
            st.button(_("Labels to review ({n})", n=len(doubtful)), key=f"worst_labels_{viewed.run.id}",
                      icon=":material/label:", on_click=labels.open_, args=(viewed.run,))  # fmt: skip
    if tested := labels.tested(doubtful):
        st.caption(labelled(_("Labels to review"), tested))
