"""Mistakes: the surest wrong answers, and labels that are probably wrong themselves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from models.label_errors import suspects
from models.outcome import HELD_OUT
from pages.parts.evaluating import browsing
from pages.parts.evaluating.browsing import Viewed
from pages.parts.language import _


def show(viewed: Viewed) -> None:
    test, held_out = viewed.outcome.of("test"), viewed.outcome.of(*HELD_OUT)
    wrong = np.flatnonzero(~test.right)
    wrong = wrong[np.argsort(-test.confidence[wrong], kind="stable")]
    doubtful, _likely = suspects(held_out.probabilities, held_out.labels)
    titles = {
        "surest": _("Surest mistakes ({n})", n=len(wrong)),
        "labels": _("Probably wrong labels ({n})", n=len(doubtful)),
    }  # fmt: skip
    chosen = st.segmented_control(
        _("Which"), list(titles), required=True, default="surest", format_func=titles.get, wrap=True,
        key=f"mistakes_{viewed.run.id}", label_visibility="collapsed",
    )  # fmt: skip
    if chosen == "surest":
        st.caption(_("Test items the model got wrong, the surest first: label → what the model says. Open one to see "
                     "what spoke for the answer, and to mend its label if the model is right."))  # fmt: skip
        browsing.gallery(Viewed(viewed.run, test, viewed.dataset), wrong, name="surest")
        return
    st.caption(_("Test and validation items whose label does not fit what the model has learnt from all others, the "
                 "most doubtful first (confident learning). The model may be wrong as well: look, then decide. "
                 "Training items are not among them, because the model has learnt their labels by heart."))  # fmt: skip
    browsing.gallery(Viewed(viewed.run, held_out, viewed.dataset), doubtful, name="labels")
