"""The words of Streamlit's own controls in the reader's language, which it has in English only; and the tables that it
saves as CSV, without formulas.

A word is exchanged only where Streamlit itself wrote it and where it is the whole text, so that nothing a person
brought is ever changed. What stands before the first script has run, or in a window of the browser, cannot be reached.
"""

from __future__ import annotations

import streamlit as st

from models.errors import N_
from pages.shared.assets import script
from pages.shared.i18n import _

_component = st.components.v2.component("casebook_builtin", js=script(__file__, "builtin.js"))

_FRAME = (
    N_("Skip to main content"), N_("Sidebar"), N_("Collapse sidebar"), N_("Expand sidebar"), N_("App pages"),
    N_("Main menu"), N_("Notifications"), N_("Theme"), N_("System"), N_("Light"), N_("Dark"), N_("Print"), N_("Rerun"),
    N_("Stop"), N_("Running..."), N_("Stopping..."), N_("Connecting"), N_("Connection error"), N_("Page not found"),
    N_("Link to heading"), N_("Navigate to home page"), N_("Close"), N_("Help"), N_("Help for {name}"), N_("progress"),
)  # fmt: skip
_FIELDS = (
    N_("Open"), N_("Choose an option"), N_("Choose options"), N_("No options to select"), N_("No results"),
    N_("Selectbox options"), N_("Selected values"), N_("Clear value"), N_("Clear all"), N_("Clear entry"),
    N_("Select all"), N_("Remove {name}"), N_("Increment"), N_("Decrement"), N_("Number is above the allowed range."),
    N_("Number is below the allowed range."), N_("Invalid input."), N_("Show password"), N_("Hide password"),
    N_("Press Enter to apply"), N_("Press {key}+Enter to apply"), N_("Press Enter to submit form"),
    N_("Press {key}+Enter to submit form"), N_("Pagination"), N_("Next page"), N_("Previous page"), N_("Page {n}"),
    N_("Upload"), N_("{n} per file • JSON"),
)  # fmt: skip
_TABLES = (
    N_("Fullscreen"), N_("Close fullscreen"), N_("Download as CSV"), N_("Search"), N_("Close Search"),
    N_("Previous Result"), N_("Next Result"), N_("Show/hide columns"), N_("Clear selection"),
    N_("Fullscreen: {name}"), N_("Download as CSV: {name}"), N_("Search: {name}"), N_("Show/hide columns: {name}"),
    N_("Dataframe column menu"), N_("Sort ascending"), N_("Sort descending"), N_("Pin column"), N_("Unpin column"),
    N_("Hide column"), N_("Autosize"), N_("Copy column name"), N_("Format"), N_("Automatic"), N_("Localized"),
    N_("Plain"), N_("Compact"), N_("Scientific"), N_("Percent"), N_("Dollar"), N_("Euro"), N_("Yen"), N_("Accounting"),
    N_("Statistics"), N_("Values"), N_("Empty"), N_("Distinct"), N_("Minimum"), N_("Maximum"), N_("Range"),
    N_("Average"), N_("Median"), N_("Sum"), N_("Standard deviation"), N_("Count"), N_("Minimum length"),
    N_("Maximum length"), N_("Average length"),
)  # fmt: skip


def speak() -> None:
    """Takes no room, also not while it loads."""
    with st.container(key="builtin_words"):
        _component(key="builtin", data={"words": {english: _(english) for english in (*_FRAME, *_FIELDS, *_TABLES)}})
