"""What is asked of a list besides the choices: how popular, which genres, and what a dislike does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cases.ranking.baselines import POPULARITY
from models.errors import N_
from pages.shared import vocabulary
from pages.shared.i18n import _
from pages.shared.layout import abreast
from pages.shared.text import plain
from runs.results import recommendations
from runs.store.records import Run

AT_ONCE = 24  # genres that each have a slider from the start; of more, those that are chosen
DISLIKES = {  # what the scores come from → what a dislike does
    frozenset({"network"}): N_("It is left out, and items with similar embeddings rank lower. The network itself uses "
                               "only likes."),
    frozenset({"list"}): N_("It is left out and counts as minus one interaction: its item weights are subtracted."),
    frozenset({"network", "list"}): N_("It is left out; its item weights are subtracted, and items with similar "
                                       "embeddings rank lower."),
}  # fmt: skip
ONLY_OUT = N_("It is left out. This model ranks by popularity, which is the same for every user.")


def dislike_effect(run: Run) -> str:
    if vocabulary.kept(run) == [POPULARITY.name]:
        return _(ONLY_OUT)
    return _(DISLIKES[recommendations.parts(run)])


def asked(items: Mapping[str, Any], key: str) -> dict[str, Any]:
    """novelty and genres of a question, by sliders; that of each genre stands in a fold."""
    novelty = st.slider(_("Popular ↔ niche"), 0.0, 1.0, 0.0, 0.05, key=f"{key}_novelty", width=260,
                        persist_state="page", help=_("Ranks less popular items higher."))  # fmt: skip
    genres = [name for name, _n in Counter(one for of in items["genres"] for one in filter(None, of.split("|")))
              .most_common()]  # fmt: skip
    if not genres:
        return {"novelty": novelty}
    with st.expander(_("Genre preference")):
        if len(genres) > AT_ONCE:
            genres = st.multiselect(_("Genres ({n:,})", n=len(genres)), genres, genres[: AT_ONCE // 4],
                                    key=f"{key}_genres", persist_state="page")  # fmt: skip
        told = {genre: place.slider(plain(genre), -1.0, 1.0, 0.0, 0.25, key=f"{key}_genre_{genre}",
                                    persist_state="page")
                for place, genre in abreast(genres, 3)}  # fmt: skip
    return {"novelty": novelty, "genres": {genre: wish for genre, wish in told.items() if wish}}
