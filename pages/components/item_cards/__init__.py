"""Items of a catalogue as cards in one element: title, year, genres, score, reason; each can be liked or disliked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict

import streamlit as st

from pages.shared.assets import read, script
from pages.shared.i18n import _


class Card(TypedDict):
    """One item: `id` comes back when it is liked or disliked; the texts are shown as they are, never as markup."""

    id: str
    title: str
    year: NotRequired[str]
    genres: NotRequired[Sequence[str]]
    figure: NotRequired[str]  # the score in words
    share: NotRequired[float]  # how long its bar is, from 0 to 1
    reason: NotRequired[str]
    note: NotRequired[str]
    picture: NotRequired[str]  # an address; another host is not told by which page
    marked: NotRequired[str]  # why the card stands out: it is also in the list beside


_component = st.components.v2.component(
    "casebook_item_cards",
    html='<ol class="cb-cards-items"></ol>',
    css=read(__file__, "cards.css"),
    js=script(__file__, "cards.js"),
)


def show(
    cards: Sequence[Card],
    *,
    key: str,
    brief: bool = False,
    on_liked: Callable[[], None] | None = None,
    on_disliked: Callable[[], None] | None = None,
) -> None:
    """Draw the cards in order, numbered; `brief` ones stand one below the other, as lines.

    With `on_liked` and `on_disliked` each has two buttons: the callbacks find the id in `session.told(key, "liked")`
    and `session.told(key, "disliked")`.
    """
    ignore = lambda: None  # noqa: E731
    words = {"liking": _("Like"), "disliking": _("Dislike"),
             "like": _("Like {title}"), "dislike": _("Dislike {title}")}  # fmt: skip
    data = {"cards": list(cards), "brief": brief, "pressable": on_liked is not None, "words": words}
    _component(key=key, data=data, on_liked_change=on_liked or ignore, on_disliked_change=on_disliked or ignore)
