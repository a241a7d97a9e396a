"""Many texts in one element, each cut to a few lines; a click says which. Hundreds cost one widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

import streamlit as st

from pages.components.items import Several, selecting
from pages.shared.assets import read, script

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult


class Passage(TypedDict):
    """One text: `id` comes back when it is picked; everything is shown as it is, never as markup."""

    id: str
    text: str
    title: NotRequired[str]
    note: NotRequired[str]
    tone: NotRequired[str]  # "good", "bad" or "" : the colour of the note
    marks: NotRequired[str]  # where its telling words are asked for; they are marked once they are there


SCRIPT = script(__file__, "marks.js", "../gallery/selecting.js", "passages.js")
_component = st.components.v2.component(
    "casebook_passages",
    html='<div class="cb-passages" role="list"></div>',
    css=read(__file__, "passages.css"),
    js=SCRIPT,
)


def show(
    passages: Sequence[Passage],
    *,
    key: str,
    chosen: str | None = None,
    whole: bool = False,
    on_picked: Callable[[], None] | None = None,
    several: Several | None = None,
) -> ComponentResult:
    """Draw the texts; `chosen` is marked; `whole` ones are not cut to a few lines, but scroll where they are long.

    Without `on_picked` they are no buttons. With it, the callback finds the picked id in
    `session.told(key, "picked")`, and `result.picked` holds it for one run of the page; `several` as `Several` says.
    """
    data = {"passages": list(passages), "chosen": chosen, "whole": whole, "clickable": on_picked is not None,
            "several": selecting(several)}  # fmt: skip
    ignore = lambda: None  # noqa: E731
    return _component(key=key, data=data, on_picked_change=on_picked or ignore,
                      on_selected_change=several.on_selected if several else ignore)  # fmt: skip
