"""The look that all pages share, beyond what `.streamlit/config.toml` has options for; and the logo."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.assets import read

HERE = Path(__file__).parent
ICON = HERE / "logo" / "icon.svg"
LOGO = HERE / "logo" / "casebook.svg"
SIDEBAR = 240  # pixels; on a phone it is shut

# A dialog stands outside the app's own element, which alone knows whether the theme is light or dark. On a phone the
# menu lies over the page that was just chosen from it.
_component = st.components.v2.component(
    "casebook_look",
    js="""const SHUT = '[data-testid="stSidebarCollapseButton"] button'
const leave = (event) => {
  const chosen = event.target.closest?.('[data-testid="stSidebarNavLink"]')
  if (chosen && matchMedia('(max-width: 767px)').matches) setTimeout(() => document.querySelector(SHUT)?.click())
}
export default ({ parentElement }) => {
  document.documentElement.style.colorScheme = getComputedStyle(parentElement.host ?? parentElement).colorScheme
  document.addEventListener('click', leave) // the same function is heard once
}""",
)


def wear() -> None:
    """Takes no room. A style sheet alone would go where Streamlit keeps messages, and be gone with the next of them."""
    with st.container(key="look"):
        st.html(f"<style>{read(__file__, 'look.css')}</style><i hidden></i>")
        _component(key="look_scheme")
