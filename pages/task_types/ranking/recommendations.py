"""Try recommending: as a new user or an existing one; what is similar to an item; or bring something new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from models.errors import N_
from pages.shared import i18n
from pages.shared.i18n import _
from pages.shared.text import bold, plain
from pages.task_types.ranking import cards, lists, preferences
from pages.task_types.ranking.title_choice import Offer
from pages.task_types.ranking.users import interactions_title
from runs import integrity
from runs.results import recommendations
from runs.store.records import Run

SELDOM = 0.001  # of the users: to hardly anybody
SIMILARITY = {
    "cosine": N_("Similarity: cosine of the two embeddings, 1 for the same direction."),
    "weight": N_("Similarity: the item weight as a share of the largest, which is 1."),
}


def show(run: Run, *, key: str, visitor: bool = False) -> None:
    """What the model can do; a `visitor` of a demo sees no user, no baseline and no picture."""
    if problem := integrity.of_model(run.id, "items.json"):
        st.error(i18n.of(problem), icon=":material/error:")
        return
    ways = {"user": (_("New user"), _be_a_user), "existing": (_("Existing user"), _existing),
            "alike": (_("Similar items"), _alike), "new": (_("New item"), _something_new)}  # fmt: skip
    if visitor or not recommendations.has_users(run):
        del ways["existing"]
    if not recommendations.reads_texts(run):
        del ways["new"]
    way = st.segmented_control(_("What to try"), list(ways), format_func=lambda name: ways[name][0], default="user",
                               required=True, key=f"{key}_way", label_visibility="collapsed", persist_state="page",
                               wrap=True)  # fmt: skip
    ways[way][1](run, key, visitor)


def _be_a_user(run: Run, key: str, visitor: bool) -> None:
    items = recommendations.titles(run)
    st.markdown(_("Pick a few items you like. The list updates at once."))
    offer = _titles(items)
    effect = preferences.dislike_effect(run)
    like, dislike = st.columns(2)  # the open list of one covers neither the other nor all that follows from it
    with like:
        picks = offer.several(_("Items you like"), f"{key}_picks")
    with dislike:
        disliked = offer.several(_("Items you dislike"), f"{key}_disliked", help=effect)
    asked = preferences.asked(items, key)
    if not picks:
        st.caption(_("No items selected."))
        lists.popular(items, offer.order, key)
        return
    names = items["ids"]
    asked |= {"had": [names[pick] for pick in picks], "disliked": [names[pick] for pick in disliked]}
    because = N_("because you chose {title}") if len(picks) == 1 else N_("mainly because you chose {title}")
    lists.show(run, key, visitor, asked, because=because, single=len(picks) == 1, pressable=True)
    if disliked:
        st.caption(_("What a dislike does: {effect}", effect=effect))


def _existing(run: Run, key: str, visitor: bool) -> None:
    """The same sliders over what a user of the data has."""
    items, names = recommendations.titles(run), recommendations.users(run)
    offer = Offer(names, range(len(names)), N_("Choose a user"), N_("No user name contains “{typed}”."),
                  N_("{n:,} of {total:,} users are listed. Type any other name and press Enter."))  # fmt: skip
    user = offer.one(_("User"), f"{key}_existing")
    asked = preferences.asked(items, key)
    if user is None:
        st.caption(_("Nothing is chosen yet."))
        return
    had, low = recommendations.history(run, user)
    low = [item for item in low if item not in set(had)]
    as_dislikes = bool(low) and st.toggle(
        _("Use low ratings as dislikes ({n:,})", n=len(low)), key=f"{key}_low", persist_state="page",
        help=preferences.dislike_effect(run),
    )  # fmt: skip
    if not had:
        st.caption(_("This user has no positive interaction."))
        return
    some = " · ".join(plain(items["titles"][item]) for item in had[::-1][: lists.SHOWN])
    st.markdown(f"{bold(interactions_title(run))}  \n:small[{some}]")
    ids = items["ids"]
    asked |= {"had": [ids[item] for item in had], "disliked" if as_dislikes else "known": [ids[item] for item in low]}
    lists.show(run, key, visitor, asked, because=N_("mainly because of {title}"), single=len(had) == 1)


def _alike(run: Run, key: str, visitor: bool) -> None:
    items = recommendations.titles(run)
    item = _titles(items, N_("Choose a title")).one(_("Title"), f"{key}_alike")
    if item is None:
        return
    pictures = [] if visitor else cards.pictures(run, key)
    answer = lists.ask(run, {"like": items["ids"][item]}, visitor)
    if answer:
        lists.similar(items, answer, pictures, f"{key}_similar")
        st.caption(_(SIMILARITY[answer.more["measure"]]))


def _something_new(run: Run, key: str, visitor: bool) -> None:
    st.markdown(_("Cold start: describe an item without interactions. Its text embedding places it among the other "
                  "items."))  # fmt: skip
    title = st.text_input(_("Title"), key=f"{key}_title", max_chars=300, persist_state="page")
    one, other = st.columns(2)
    genres = one.text_input(_("Genres, comma-separated"), key=f"{key}_new_genres", max_chars=300, persist_state="page")
    text = other.text_input(_("Description"), key=f"{key}_text", max_chars=2000, persist_state="page")
    if not title.strip():
        return
    asked = {"title": title, "genres": "|".join(part.strip() for part in genres.split(",")), "text": text}
    answer = lists.ask(run, asked, visitor)
    if answer is None:
        return
    if "share" in answer.more:
        st.markdown(_("In the top 20 of **{share:.1%}** of users.", share=answer.more["share"]))
        if answer.more["share"] < SELDOM:
            st.caption(_("Its text alone tells this model too little to recommend it."))
    left, right = st.columns(2)
    with left:
        st.markdown(bold(_("Similar items")))
        lists.similar(recommendations.titles(run), answer, [], f"{key}_similar_new", brief=True)
        st.caption(_(SIMILARITY["cosine"]))
        if not any(recommendations.titles(run)["genres"]):
            st.caption(_("Without genres, items are compared by their words alone; a match may rest on a year."))
    if "people" in answer.more and not visitor:
        with right:
            names = recommendations.users(run)
            st.markdown(bold(_("Best-matching users")))
            best = answer.more["people"][: lists.SHOWN]
            st.markdown("\n".join(f"{n}. {plain(names[person])}" for n, person in enumerate(best, 1)))


def _titles(items: Mapping[str, Any], placeholder: str = N_("Choose titles")) -> Offer:
    """The items, those that most users have first."""
    order = sorted(range(len(items["ids"])), key=lambda item: -items["people"][item])
    return Offer(items["titles"], order, placeholder)
