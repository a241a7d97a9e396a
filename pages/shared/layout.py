"""Fields side by side, and the way to a place of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.assets import LASTING

_SCROLL = """export default lasting(({ data, parentElement }) => {
  const mark = parentElement.querySelector('.cb-reveal')
  const before = mark.dataset.shown
  mark.dataset.shown = data.shown
  if (before === undefined || before === data.shown || !data.shown) return
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
  mark.scrollIntoView({ block: 'start', behavior: calm ? 'instant' : 'smooth' })
})"""
_component = st.components.v2.component(
    "casebook_reveal",
    html='<div class="cb-reveal"></div>',
    css=".cb-reveal { scroll-margin-top: 4.5rem }",
    js=LASTING + _SCROLL,
)

T = TypeVar("T")


def abreast(some: Sequence[T], columns: int) -> Iterator[tuple[DeltaGenerator, T]]:
    """Each with its place, row by row: on a phone, where they stand one below the other, in the same order."""
    for start in range(0, len(some), columns):
        yield from zip(st.columns(columns), some[start : start + columns], strict=False)


def scroll_to(shown: str, *, key: str) -> None:
    """Scroll to this place when `shown` becomes another one; not when the page opens with it."""
    _component(key=key, data={"shown": shown})
