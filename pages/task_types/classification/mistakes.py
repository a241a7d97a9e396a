"""Mistakes: the surest wrong answers, and labels that are worth a second look."""

from __future__ import annotations

import numpy as np
import streamlit as st

from models.evaluation.label_errors import suspects
from models.evaluation.predictions import Predictions
from pages.components.items import Entry
from pages.shared.i18n import _
from pages.task_types import state
from pages.task_types.classification import item_browser
from pages.task_types.classification.item_browser import Viewed
from runs.store.records import Run


def show(viewed: Viewed) -> None:
    test, suspected = viewed.outcome.of("test"), doubtful(viewed)
    wrong = np.flatnonzero(~test.right)
    wrong = wrong[np.argsort(-test.confidence[wrong], kind="stable")]
    of_test, _likely = suspects(test.probabilities, test.labels)
    titles = {
        "surest": _("All mistakes ({n})", n=len(wrong)),
        "labels": _("Labels worth a second look ({n})", n=len(suspected)),
        "tested": _("Test labels worth a second look ({n})", n=len(of_test)),
    }  # fmt: skip
    chosen = st.segmented_control(
        _("Filter"), list(titles), required=True, default="surest", format_func=titles.get, wrap=True,
        key=f"mistakes_{viewed.run.id}", label_visibility="collapsed",
    )  # fmt: skip
    if chosen == "surest":
        st.caption(_("Wrong predictions on the test set, most confident first: label → prediction. Open one to see "
                     "why."))  # fmt: skip
        item_browser.gallery(Viewed(viewed.run, test, viewed.dataset), wrong, name="surest")
    elif chosen == "labels":
        st.caption(_("Training and validation labels that a linear probe contradicts, most doubtful first: label → "
                     "prediction. The probe was fitted without these examples (confident learning, out of fold). It "
                     "can be wrong too, so check before you correct."))  # fmt: skip
        item_browser.listing(viewed, suspected, name="labels")
    else:
        st.caption(_("Test labels that contradict the model. The test set measures every run, so correct only plainly "
                     "wrong labels. Later results report such changes."))  # fmt: skip
        item_browser.gallery(Viewed(viewed.run, test, viewed.dataset), of_test, name="tested")


def open_(run: Run, which: str) -> None:
    """Open this view, as a callback: "surest" mistakes or "labels"."""
    state.put("see", "mistakes")
    st.session_state[f"mistakes_{run.id}"] = which


def doubtful(viewed: Viewed) -> list[Entry]:
    """Of what was learnt from; of runs that were not judged out of fold, of the validation part."""
    judged: Predictions = viewed.outcome.out_of_fold or viewed.outcome.of("validation")
    found, likely = suspects(judged.probabilities, judged.labels)
    entries = []
    for place, kind in zip(found.tolist(), likely.tolist(), strict=True):
        row, label = int(judged.rows[place]), judged.classes[judged.labels[place]]
        if item_browser.is_changed(viewed, row):
            entries.append(Entry(row, f"{label} → {judged.classes[kind]}", _("changed since run")))
        else:
            share = f"{judged.probabilities[place, kind]:.1%}"
            entries.append(Entry(row, f"{label} → {judged.classes[kind]}", share, "bad"))
    return entries
