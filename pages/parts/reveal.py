"""Bring what a click opened into view, where it lies further down the page."""

from __future__ import annotations

import streamlit as st

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


def here(shown: str, *, key: str) -> None:
    """Scroll to this place when `shown` becomes another one; not when the page opens with it."""
    _component(key=key, data={"shown": shown})
