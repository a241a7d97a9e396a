"""What the pages of demos stand in where the server has no other: language and look, and no way to anything else."""

from __future__ import annotations

import streamlit as st

from pages.components import streamlit_words
from pages.shared import failures, i18n, look
from pages.shared.i18n import _


def nothing() -> None:
    """For who comes without a link."""
    st.title(_("Model demos"), anchor=False)
    st.markdown(_("This address shows a model to those who have a link to it. Open the link that you were sent."))


i18n.begin()
st.set_page_config(page_icon=look.ICON, layout="wide")
page = st.navigation(
    [
        st.Page(nothing, title=_("Model demos"), url_path="demos", default=True),
        st.Page("demo.py", title=_("Model demo"), url_path="demo"),
        st.Page("watch.py", title=_("Watch a training"), url_path="watch"),
    ],
    position="hidden",
)
st.set_page_config(page_title=f"{page.title} · {_('Casebook')}")
look.wear()
with st.container(key="linked_top", horizontal=True, horizontal_alignment="right"):
    i18n.switch()
with st.container(key="linked"):
    streamlit_words.speak()
    failures.calmly(page.run)
