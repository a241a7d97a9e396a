"""What every page stands in: settings, language, navigation."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from pathlib import Path

import streamlit as st

from models.errors import InputError
from pages.parts import builtin, language
from pages.parts.language import _

language.begin()
shared = "t" in st.query_params  # who has a link to a demo is led nowhere else
page = st.navigation(
    [
        st.Page("home.py", title=_("Home"), icon=":material/home:", url_path="home", default=True),
        st.Page(
            "image_recognition.py",
            title=_("Image recognition"),
            icon=":material/image:",
            url_path="image_recognition",
        ),
        st.Page(
            "text_analysis.py",
            title=_("Text analysis"),
            icon=":material/article:",
            url_path="text_analysis",
        ),
        st.Page("speech.py", title=_("Speech"), icon=":material/graphic_eq:", url_path="speech"),
        st.Page(
            "recommendation.py",
            title=_("Recommendation"),
            icon=":material/recommend:",
            url_path="recommendation",
        ),
        st.Page("runs.py", title=_("All runs"), icon=":material/list_alt:", url_path="runs"),
        st.Page("demo.py", title=_("A model to try"), url_path="demo", visibility="hidden"),
    ],
    position="hidden" if shared else "sidebar",
)
title = _("Casebook") if page.url_path == "" else f"{page.title} · {_('Casebook')}"
st.set_page_config(page_title=title, page_icon=Path(__file__).parent / "icon.svg", layout="wide")
body, place = (st.container(), st.container(width=200)) if shared else (nullcontext(), st.sidebar)
with place:
    language.switch()
try:
    with body:
        builtin.speak()  # not in the sidebar, which a phone draws last
        page.run()
except InputError as error:
    st.error(language.of(error))
except Exception:  # the outermost frame: a bug is logged whole and told calmly
    logging.getLogger("casebook").exception("A page failed.")
    st.error(_("Something went wrong that is our fault. Nothing you had is lost; reload the page to go on."))
