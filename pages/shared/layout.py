"""Fields side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.i18n import _

_SCROLL = """export default ({ data, parentElement }) => {
  const mark = parentElement.querySelector('.cb-reveal')
  const before = mark.dataset.shown
  mark.dataset.shown = data.shown
  if (before === undefined || before === data.shown || !data.shown) return
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
  mark.scrollIntoView({ block: 'start', behavior: calm ? 'instant' : 'smooth' })
}"""
_component = st.components.v2.component(
    "casebook_reveal", html='<div class="cb-reveal"></div>', css=".cb-reveal { scroll-margin-top: 4.5rem }", js=_SCROLL
)

T = TypeVar("T")


def abreast(some: Sequence[T], columns: int) -> Iterator[tuple[DeltaGenerator, T]]:
    """Each with its place, row by row: on a phone, where they stand one below the other, in the same order."""
    for start in range(0, len(some), columns):
        yield from zip(st.columns(columns), some[start : start + columns], strict=False)


def neighbour_buttons(shown: Sequence[int], row: int, *, key: str, go: Callable[[Any], None]) -> None:
    """Nothing where `row` is not among those `shown`, or alone; `go` is called with the row to look at."""
    if row not in shown or len(shown) < 2:
        return
    at = shown.index(row)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, icon, step in (
            (_("Previous"), ":material/chevron_left:", -1), (_("Next"), ":material/chevron_right:", 1)
        ):  # fmt: skip
            there = 0 <= at + step < len(shown)
            st.button(
                name, icon=icon, key=f"{key}_{step}", disabled=not there, on_click=go,
                args=(shown[at + step] if there else None,),
            )  # fmt: skip
        st.caption(f"{at + 1} / {len(shown)}")


def scroll_to(shown: str, *, key: str) -> None:
    """Scroll to this place when `shown` becomes another one; not when the page opens with it."""
    _component(key=key, data={"shown": shown})
