"""Many items as small pictures in one element; a click says which. Hundreds cost one widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

import streamlit as st

from pages.components.items import Several, selecting
from pages.shared.assets import read, script

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult


class Item(TypedDict):
    """One picture: `id` comes back when it is picked; the texts are shown as they are, never as markup."""

    id: str
    src: str  # address of the picture
    title: NotRequired[str]
    note: NotRequired[str]
    tone: NotRequired[str]  # "good", "bad" or "" : the colour of the note


_component = st.components.v2.component(
    "casebook_gallery",
    html='<div class="cb-gallery" role="list"></div>',
    css=read(__file__, "gallery.css"),
    js=script(__file__, "selecting.js", "gallery.js"),
)


def show(
    items: Sequence[Item],
    *,
    key: str,
    chosen: str | None = None,
    size: int = 112,
    wide: bool = False,
    on_picked: Callable[[], None] | None = None,
    several: Several | None = None,
) -> ComponentResult:
    """Draw the items; `size` in CSS pixels; `chosen` is marked; `wide` ones are whole, four times as wide as high.

    Without `on_picked` the pictures are no buttons. With it, the callback finds the picked id in
    `session.told(key, "picked")`, and `result.picked` holds it for one run of the page; `several` as `Several` says.
    """
    data = {"items": list(items), "chosen": chosen, "size": size, "wide": wide, "clickable": on_picked is not None,
            "several": selecting(several)}  # fmt: skip
    ignore = lambda: None  # noqa: E731
    return _component(key=key, data=data, on_picked_change=on_picked or ignore,
                      on_selected_change=several.on_selected if several else ignore)  # fmt: skip
