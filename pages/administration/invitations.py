"""Links by which people make their accounts."""

from __future__ import annotations

import streamlit as st

from pages.administration import account_link
from pages.shared import session, vocabulary
from pages.shared.i18n import _, count
from pages.shared.text import bold
from runs.identity import invitations, login
from runs.identity.people import Person

DAYS = (1, 7, 30)


def show(host: Person) -> None:
    """Nothing where a provider or a proxy knows the people."""
    if not login.chosen().has_accounts:
        return
    st.subheader(_("Invitations"), anchor=False)
    with st.form("invitation_form", border=False):
        many, when = st.columns(2)
        places = many.number_input(
            _("Number of people"), 1, invitations.MOST_PLACES, 1, key="invitation_places",
            help=_("One link for a whole class: each makes an account of their own."),
        )  # fmt: skip
        days = when.selectbox(
            _("Expires after"), DAYS, index=1, key="invitation_days",
            format_func=lambda days: count("{n} day", "{n} days", days),
        )  # fmt: skip
        if st.form_submit_button(_("Create invitation"), icon=":material/person_add:", type="primary"):
            st.session_state["invited"] = invitations.create(host, places=int(places), days=days)
    if token := session.held("invited", str):
        st.markdown(bold(_("Copy the link now. It is shown only once.")))
        account_link.show(f"/account/invitation?i={token}")
    for one in invitations.listed():
        with st.container(horizontal=True, vertical_alignment="center"):
            taken = _("{n} of {total} accounts made", n=one.taken, total=one.places)
            until = _("until {when}", when=vocabulary.when(one.expires))
            st.caption(f"{taken} · {until}")
            if st.button(_("Withdraw"), key=f"withdraw_{one.id}", icon=":material/link_off:", type="tertiary"):
                invitations.withdraw(one.id)
                st.session_state.pop("invited", None)
                st.rerun()
