"""A few things to choose one from, each a card with facts; one element, however many cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypedDict

import streamlit as st

from pages.shared.assets import read, script

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult


class Card(TypedDict):
    """`id` comes back when the card is picked; the texts are shown as they are, never as markup."""

    id: str
    title: str
    badge: str
    ready: bool  # the colour of the badge
    facts: list[str]
    text: str


_component = st.components.v2.component(
    "casebook_cards",
    html='<div class="cb-cards" role="radiogroup"></div>',
    css=read(__file__, "cards.css"),
    js=script(__file__, "cards.js"),
)


def show(
    cards: Sequence[Card], *, label: str, chosen: str | None, key: str, on_picked: Callable[[], None]
) -> ComponentResult:
    """Draw the cards; `on_picked` finds the picked id in `session.told(key, "picked")`."""
    data = {"cards": list(cards), "label": label, "chosen": chosen}
    return _component(key=key, data=data, on_picked_change=on_picked)
