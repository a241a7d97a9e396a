"""Links by which people make their accounts: one for a class, or one for each name of a pasted list."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from models.errors import InputError
from pages.administration import account_link
from pages.shared import i18n, presses, session, vocabulary
from pages.shared.i18n import _, count
from pages.shared.text import bold, plain
from pages.steps.check import rejected
from runs.identity import invitations, login, people
from runs.identity.people import Person

DAYS = (1, 7, 30)
PAGE = 10  # invitations that are shown at once


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
        pasted = st.text_area(
            _("Names (optional)"), key="invitation_names", height=100,
            help=_("Paste a list, one name per line: each gets a link of their own, which fills in the name."),
        )  # fmt: skip
        st.form_submit_button(_("Create invitation"), icon=":material/person_add:", type="primary",
                              on_click=presses.note, args=("invitation",))  # fmt: skip
        if press := presses.of("invitation"):
            press.over = True
            _create(host, pasted, int(places), days)
    _created()
    listed = invitations.listed()
    pages = -(-len(listed) // PAGE)
    page = st.pagination(pages, key=f"invitations_page_{pages}") if pages > 1 else 1
    for one in listed[(page - 1) * PAGE : page * PAGE]:
        with st.container(horizontal=True, vertical_alignment="center"):
            whose = plain(one.name) or _("{n} of {total} accounts made", n=one.taken, total=one.places)
            until = _("until {when}", when=vocabulary.when(one.expires))
            st.caption(f"{whose} · {until}")
            st.button(_("Withdraw"), key=f"withdraw_{one.id}", icon=":material/link_off:", type="tertiary",
                      on_click=_withdraw, args=(one.id,))  # fmt: skip


def _withdraw(invitation: str) -> None:
    invitations.withdraw(invitation)
    st.session_state.pop("invited", None)


def _create(host: Person, pasted: str, places: int, days: int) -> None:
    """All invitations, or none where a name of the list cannot be one."""
    try:
        names = people.checked_names(pasted.splitlines(), invitations.MOST_PLACES)
    except InputError as error:
        st.error(i18n.of(error))
        return
    if names:
        st.session_state["invited"] = {name: invitations.create(host, name=name, days=days) for name in names}
    else:
        st.session_state["invited"] = {"": invitations.create(host, places=places, days=days)}


def _created() -> None:
    """The links that were just made, which are known now only."""
    if not (made := session.held("invited", dict)):
        return
    paths = {name: f"/account/invitation?i={token}" for name, token in made.items()}
    if "" in paths:
        st.markdown(bold(_("Copy the link now. It is shown only once.")))
        account_link.show(paths[""])
        return
    st.markdown(bold(_("Copy the links now. They are shown only once.")))
    links = account_link.show_all(paths)
    table = pd.DataFrame({_("Name"): list(links), _("Link"): list(links.values())})
    st.download_button(
        _("Download as CSV"), rejected.as_csv(table), key="invited_csv", mime="text/csv",
        file_name="casebook-invitations.csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
