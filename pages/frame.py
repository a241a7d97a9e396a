"""What every page stands in: settings, language, navigation."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st

import cases
from pages.administration import notice
from pages.components import streamlit_words
from pages.shared import address, failures, i18n, look, sign_in
from pages.shared.i18n import _


def missing() -> None:
    """Show that there is no page at this address."""
    st.title(_("There is no page at this address"), anchor=False)
    st.page_link("home.py", label=_("Home"), icon=":material/home:")


i18n.begin()
# First of all: until a page has an icon of its own, browsers are sent to Google for that in its navigation entry.
st.set_page_config(page_icon=look.ICON, layout="wide", initial_sidebar_state=look.SIDEBAR)
shared = "t" in st.query_params  # who has a link to a demo is led nowhere else
try:
    stranger = not sign_in.known()  # for whom no other page exists, whatever the browser asks for
except Exception as error:  # nobody can be asked who that is
    failures.tell(error)
    st.stop()
host = [st.Page("host.py", title=_("Host"), icon=":material/groups:", url_path="host")] if sign_in.hosts() else []
linked = [
    st.Page("demo.py", title=_("Model demo"), url_path="demo", visibility="hidden"),
    st.Page("watch.py", title=_("Watch a training"), url_path="watch", visibility="hidden"),
]
pages = [
    st.Page("home.py", title=_("Home"), icon=":material/home:", url_path=address.HOME, default=True),
    *(
        st.Page(f"{case.name}.py", title=_(case.title), icon=f":material/{case.icon}:", url_path=case.name)
        for case in map(cases.get, cases.NAMES)
    ),
    st.Page("runs.py", title=_("All runs"), icon=":material/list_alt:", url_path="runs"),
    st.Page("lessons.py", title=_("Lessons"), icon=":material/school:", url_path="lessons"),
    st.Page("glossary.py", title=_("Glossary"), icon=":material/menu_book:", url_path="glossary"),
    *host,
    *linked,
]
unknown = address.unknown_page(pages)
pages += [st.Page(missing, title=_("Page not found"), url_path=path, visibility="hidden") for path in unknown]
entrance = [  # at every address of a page: whoever opens one is asked who they are, and not told that it is missing
    st.Page(sign_in.show, title=_("Log in"), url_path=path, default=path == address.HOME)
    for path in dict.fromkeys((address.HOME, *cases.NAMES, "runs", "lessons", "glossary", "host", *unknown))
]
page = st.navigation(
    [*entrance, *linked] if stranger else pages, position="hidden" if shared or stranger else "sidebar"
)
title = _("Casebook") if page.url_path == "" else f"{page.title} · {_('Casebook')}"
st.set_page_config(page_title=title)
look.wear()
if not (shared or stranger):
    st.logo(look.LOGO, size="large", icon_image=look.ICON)
alone = shared or stranger
place = st.container(key="linked_top", horizontal=True, horizontal_alignment="right") if alone else st.sidebar
body = st.container(key="linked") if alone else nullcontext()
with place:
    i18n.switch()
    sign_in.account()
with body:
    streamlit_words.speak()  # not in the sidebar, which a phone draws last
    if sign_in.somebody():
        failures.calmly(notice.told)
    failures.calmly(page.run)
