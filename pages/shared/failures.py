"""Whatever goes wrong in a page: told calmly, and a bug is logged whole."""

from __future__ import annotations

import logging
from collections.abc import Callable

import streamlit as st

from models.errors import InputError
from pages.shared import i18n
from pages.shared.i18n import _
from runs import outages


def calmly(draw: Callable[[], None]) -> None:
    """Draw where the caller stands; the outermost frame of every page."""
    try:
        draw()
    except Exception as error:
        tell(error)


def tell(error: Exception) -> None:
    """What went wrong, in place of what could not be drawn."""
    if isinstance(error, InputError):
        st.error(i18n.of(error))
        return
    logging.getLogger("casebook").error("A page failed.", exc_info=error)
    outage = outages.told(error)
    st.error(
        i18n.of(outage)
        if outage
        else _("Something went wrong on our side. Your data is safe; reload the page to continue.")
    )
