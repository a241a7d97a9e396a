"""What every page stands in: settings, language, navigation."""

from __future__ import annotations

import logging
from contextlib import nullcontext

import streamlit as st

import cases
from models.errors import InputError
from pages.components import streamlit_words
from pages.shared import i18n, look
from pages.shared.i18n import _
from runs import outages

i18n.begin()
# First of all: until a page has an icon of its own, browsers are sent to Google for that in its navigation entry.
st.set_page_config(page_icon=look.ICON, layout="wide", initial_sidebar_state=look.SIDEBAR)
shared = "t" in st.query_params  # who has a link to a demo is led nowhere else
page = st.navigation(
    [
        st.Page("home.py", title=_("Home"), icon=":material/home:", url_path="home", default=True),
        *(
            st.Page(f"{case.name}.py", title=_(case.title), icon=f":material/{case.icon}:", url_path=case.name)
            for case in map(cases.get, cases.NAMES)
        ),
        st.Page("runs.py", title=_("All runs"), icon=":material/list_alt:", url_path="runs"),
        st.Page("demo.py", title=_("Model demo"), url_path="demo", visibility="hidden"),
    ],
    position="hidden" if shared else "sidebar",
)
title = _("Casebook") if page.url_path == "" else f"{page.title} · {_('Casebook')}"
st.set_page_config(page_title=title)
look.wear()
if not shared:
    st.logo(look.LOGO, size="large", icon_image=look.ICON)
body, place = (st.container(), st.container(width=200)) if shared else (nullcontext(), st.sidebar)
with place:
    i18n.switch()
try:
    with body:
        streamlit_words.speak()  # not in the sidebar, which a phone draws last
        page.run()
except InputError as error:
    st.error(i18n.of(error))
except Exception as error:  # the outermost frame: a bug is logged whole and told calmly
    logging.getLogger("casebook").exception("A page failed.")
    outage = outages.told(error)
    st.error(
        i18n.of(outage)
        if outage
        else _("Something went wrong on our side. Your data is safe; reload the page to continue.")
    )
